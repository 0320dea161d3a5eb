# The system call of ntdll and the first function of a thread.
	.intel_syntax noprefix
	.section .text,"xr"

	.macro LEAF name
	.def \name
	.scl 2
	.type 32
	.endef
	.globl \name
	.endm

# Two names for one address, as in Windows. A leaf: no unwind data.
	.p2align 4, 0xCC
LEAF ZwSystemDebugControl
LEAF NtSystemDebugControl
NtSystemDebugControl:
ZwSystemDebugControl:
	mov	r10, rcx
	mov	eax, 0x1C6
	test	byte ptr [0x7FFE0308], 1
	jne	1f
	syscall
	ret
1:
	int	0x2E
	ret

	.p2align 4, 0xCC
LEAF RtlUserThreadStart
RtlUserThreadStart:
	.seh_proc RtlUserThreadStart
	sub	rsp, 0x78
	.seh_stackalloc 0x78
	.seh_endprologue
	mov	r9, rcx
	mov	rax, qword ptr [rip + Kernel32ThreadInitThunkFunction]
	test	rax, rax
	je	2f
	mov	r8, rdx
	mov	rdx, rcx
	xor	ecx, ecx
	call	rax
	jmp	3f
2:
	mov	rcx, rdx
	call	r9
3:
	int3
	.seh_endproc

	.data
	.globl	Kernel32ThreadInitThunkFunction
Kernel32ThreadInitThunkFunction:
	.quad	0
