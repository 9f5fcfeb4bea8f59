/* The files of priming/ as they are. The assembler finds them by the include path that the build gives it. */

.macro priming number, file
  .section .rodata
  .globl kompakt_priming_\number
  .hidden kompakt_priming_\number
  .type kompakt_priming_\number, %object
  .balign 16
kompakt_priming_\number:
  .incbin "\file"
.Lend_\number:
  .size kompakt_priming_\number, .Lend_\number - kompakt_priming_\number

  .globl kompakt_priming_\number\()_size
  .hidden kompakt_priming_\number\()_size
  .type kompakt_priming_\number\()_size, %object
  .balign 8
kompakt_priming_\number\()_size:
  .quad .Lend_\number - kompakt_priming_\number
  .size kompakt_priming_\number\()_size, 8
.endm

priming 1, "1-text.txt"
priming 2, "2-code.txt"

.section .note.GNU-stack, "", %progbits
