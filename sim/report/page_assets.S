# Style and script of the HTML report.
    .section .rodata
    .global flamesim_page_style_begin
    .global flamesim_page_style_end
    .global flamesim_page_script_begin
    .global flamesim_page_script_end
flamesim_page_style_begin:
    .incbin PAGE_STYLE
flamesim_page_style_end:
flamesim_page_script_begin:
    .incbin PAGE_SCRIPT
flamesim_page_script_end:
    .section .note.GNU-stack,"",@progbits
