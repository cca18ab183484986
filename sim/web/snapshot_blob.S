# The startup snapshot inside the binary.
    .section .rodata
    .balign 16
    .global flamesim_snapshot_begin
    .global flamesim_snapshot_end
flamesim_snapshot_begin:
    .incbin SNAPSHOT_BLOB
flamesim_snapshot_end:
    .section .note.GNU-stack,"",@progbits
