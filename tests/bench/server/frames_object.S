// The compiled frames.bpf.c as octets in bench-frames.
  .section .rodata
  .global frames_object, frames_object_end
  .balign 8
frames_object:
  .incbin FRAMES_OBJECT
frames_object_end:
  .section .note.GNU-stack, "", @progbits
