# Style and script of the HTML report.
    .section .rodata
    .global kFlamesimPageStyleBegin
    .global kFlamesimPageStyleEnd
    .global kFlamesimPageScriptBegin
    .global kFlamesimPageScriptEnd
kFlamesimPageStyleBegin:
    .incbin PAGE_STYLE
kFlamesimPageStyleEnd:
kFlamesimPageScriptBegin:
    .incbin PAGE_SCRIPT
kFlamesimPageScriptEnd:
    .section .note.GNU-stack,"",@progbits
