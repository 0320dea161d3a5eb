package insn

// correct decodes what x86asm does not know, or gets wrong.
func correct(b []byte) (Instruction, bool) { return Instruction{}, false }
