// The compiled answer.bpf.c as octets in this program.
  .section .rodata
  .global fastpath_object, fastpath_object_end
  .balign 8
fastpath_object:
  .incbin FASTPATH_OBJECT
fastpath_object_end:
  .section .note.GNU-stack, "", @progbits
