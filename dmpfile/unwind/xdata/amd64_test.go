package xdata_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"

	"github.com/dmplens/dmplens/dmpfile"
	"github.com/dmplens/dmplens/dmpfile/unwind/insn"
	"github.com/dmplens/dmplens/dmpfile/unwind/xdata"
)

// functionTable says of each instruction of a function what the registers are ahead of it, as one reads the code in testdata.
type functionTable struct {
	image string // one or more
	name  string
	// slots are where registers are saved: how far below the return address, in bytes.
	slots map[string]int
	// rows have the RVA of an instruction, how far rsp is below the return address, and the registers that have been saved, which holds for the
	// instructions up to the next row. Saved registers do not hold any more what they held for the caller, unless they end with "!"; one with =
	// points so far below the return address.
	rows []row
	// machine says that there is a machine frame instead of a return address. Volatile registers that have been saved are known then.
	machine bool
}

type row struct {
	rva   uint32
	depth int
	saved string
}

var tablesAMD64 = []functionTable{
	{image: "v1", name: "leaf", rows: []row{
		{0x1000, 0, ""}, // mov eax, ecx
		{0x1002, 0, ""}, // ret
	}},
	{image: "v1", name: "pushes", slots: map[string]int{"rbx": 8, "rdi": 0x10, "r12": 0x18}, rows: []row{
		{0x1100, 0, ""},                // push rbx
		{0x1101, 8, "rbx"},             // push rdi
		{0x1102, 0x10, "rbx rdi"},      // push r12
		{0x1104, 0x18, "rbx rdi r12"},  // sub rsp, 20h
		{0x1108, 0x38, "rbx rdi r12"},  // mov rbx, rcx
		{0x110B, 0x38, "rbx rdi r12"},  // call leaf
		{0x1110, 0x38, "rbx rdi r12"},  // test eax, eax
		{0x1112, 0x38, "rbx rdi r12"},  // je 111D
		{0x1114, 0x38, "rbx rdi r12"},  // add rsp, 20h
		{0x1118, 0x18, "rbx rdi r12"},  // pop r12
		{0x111A, 0x10, "rbx rdi r12!"}, // pop rdi
		{0x111B, 8, "rbx"},             // pop rbx
		{0x111C, 0, ""},                // ret
		{0x111D, 0x38, "rbx rdi r12"},  // xor edi, edi
		{0x111F, 0x38, "rbx rdi r12"},  // add rsp, 20h
		{0x1123, 0x18, "rbx rdi r12"},  // pop r12
		{0x1125, 0x10, "rbx rdi"},      // pop rdi
		{0x1126, 8, "rbx"},             // pop rbx
		{0x1127, 0, ""},                // rep ret
	}},
	{image: "v1", name: "large", rows: []row{
		{0x1200, 0, ""},      // sub rsp, 1008h
		{0x1207, 0x1008, ""}, // call leaf
		{0x120C, 0x1008, ""}, // add rsp, 1008h
		{0x1213, 0, ""},      // ret
	}},
	// rbx is saved above the return address.
	{image: "v1", name: "huge", slots: map[string]int{"rbx": -8, "rsi": 8, "r14": 0x10}, rows: []row{
		{0x1300, 0, ""},                     // mov [rsp+8], rbx
		{0x1305, 0, "rbx!"},                 // push rsi
		{0x1306, 8, "rbx! rsi"},             // mov eax, 100000h
		{0x130B, 8, "rbx! rsi"},             // call probe
		{0x1310, 8, "rbx! rsi"},             // sub rsp, rax
		{0x1313, 0x100008, "rbx! rsi"},      // mov [rsp+FFFF8h], r14
		{0x131B, 0x100008, "rbx! rsi r14"},  // movaps [rsp+FFFE0h], xmm7
		{0x1323, 0x100008, "rbx rsi r14"},   // xor ebx, ebx
		{0x1325, 0x100008, "rbx rsi r14"},   // call leaf
		{0x132A, 0x100008, "rbx rsi r14"},   // movaps xmm7, [rsp+FFFE0h]
		{0x1332, 0x100008, "rbx rsi r14"},   // mov r14, [rsp+FFFF8h]
		{0x133A, 0x100008, "rbx rsi r14!"},  // mov rbx, [rsp+100010h]
		{0x1342, 0x100008, "rbx! rsi r14!"}, // add rsp, 100000h
		{0x1349, 8, "rbx! rsi"},             // pop rsi
		{0x134A, 0, "rbx!"},                 // ret
	}},
	{image: "v1", name: "home", slots: map[string]int{"rbx": -8, "rsi": -0x18, "rdi": 8}, rows: []row{
		{0x1400, 0, ""},                 // mov [rsp+8], rbx
		{0x1405, 0, "rbx!"},             // mov [rsp+18h], rsi
		{0x140A, 0, "rbx! rsi!"},        // push rdi
		{0x140B, 8, "rbx! rsi! rdi"},    // sub rsp, 40h
		{0x140F, 0x48, "rbx! rsi! rdi"}, // movaps [rsp+30h], xmm6
		{0x1414, 0x48, "rbx rsi rdi"},   // xor esi, esi
		{0x1416, 0x48, "rbx rsi rdi"},   // call leaf
		{0x141B, 0x48, "rbx rsi rdi"},   // mov rbx, [rsp+50h]
		{0x1420, 0x48, "rbx! rsi rdi"},  // movaps xmm6, [rsp+30h]
		{0x1425, 0x48, "rbx! rsi rdi"},  // mov rsi, [rsp+60h]
		{0x142A, 0x48, "rbx! rsi! rdi"}, // add rsp, 40h
		{0x142E, 8, "rbx! rsi! rdi"},    // pop rdi
		{0x142F, 0, "rbx! rsi! rdi! "},  // jmp leaf
	}},
	{image: "v1", name: "frame", slots: map[string]int{"rbp": 8, "r15": 0x10}, rows: []row{
		{0x1500, 0, ""},                 // push rbp
		{0x1501, 8, "rbp"},              // sub rsp, 30h
		{0x1505, 0x38, "rbp"},           // lea rbp, [rsp+20h]
		{0x150A, 0x38, "rbp=18"},        // mov [rbp+8], r15
		{0x150E, 0x38, "rbp=18 r15"},    // mov eax, ecx
		{0x1510, 0x38, "rbp=18 r15"},    // call probe
		{0x1515, 0x38, "rbp=18 r15"},    // sub rsp, rax
		{0x1518, 0x1038, "rbp=18 r15"},  // call leaf
		{0x151D, 0x1038, "rbp=18 r15"},  // mov r15, [rbp+8]
		{0x1521, 0x1038, "rbp=18 r15!"}, // lea rsp, [rbp+10h]
		{0x1525, 8, "rbp=18"},           // pop rbp
		{0x1526, 0, ""},                 // ret
	}},
	{image: "v1", name: "frame13", slots: map[string]int{"r13": 8, "rbx": 0x10}, rows: []row{
		{0x1600, 0, ""},                 // push r13
		{0x1602, 8, "r13"},              // push rbx
		{0x1603, 0x10, "r13 rbx"},       // sub rsp, 208h
		{0x160A, 0x218, "r13 rbx"},      // lea r13, [rsp+F0h]
		{0x1612, 0x218, "r13=128 rbx"},  // sub rsp, rcx
		{0x1615, 0x1218, "r13=128 rbx"}, // call leaf
		{0x161A, 0x1218, "r13=128 rbx"}, // lea rsp, [r13+118h]
		{0x1621, 0x10, "r13=128 rbx"},   // pop rbx
		{0x1622, 8, "r13=128"},          // pop r13
		{0x1624, 0, ""},                 // rex.w jmp rax
	}},
	{image: "v1", name: "tails", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x1700, 0, ""},       // push rsi
		{0x1701, 8, "rsi"},    // sub rsp, 20h
		{0x1705, 0x28, "rsi"}, // cmp ecx, 3
		{0x1708, 0x28, "rsi"}, // jmp 1716
		{0x170A, 0x28, "rsi"}, // lea rdx, [1705]
		{0x1711, 0x28, "rsi"}, // jmp rdx
		{0x1713, 0x28, "rsi"}, // jmp [rdx+rcx*8]
		{0x1716, 0x28, "rsi"}, // add rsp, 20h
		{0x171A, 8, "rsi"},    // pop rsi
		{0x171B, 0, ""},       // jmp [import]
		{0x1721, 0x28, "rsi"}, // add rsp, 20h
		{0x1725, 8, "rsi"},    // pop rsi
		{0x1726, 0, ""},       // jmp tails
		{0x1728, 0x28, "rsi"}, // add rsp, 20h
		{0x172C, 8, "rsi"},    // pop rsi
		{0x172D, 0, ""},       // rex.w jmp [import]
	}},
	{image: "v1", name: "tails, behind one that takes its arguments off", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x173C, 0x28, "rsi"}, // add rsp, 20h
		{0x1740, 8, "rsi"},    // pop rsi
		{0x1741, 0, ""},       // bnd ret
	}},
	{image: "v1", name: "stops", rows: []row{
		{0x1800, 0, ""},    // sub rsp, 28h
		{0x1804, 0x28, ""}, // call leaf
	}},
	{image: "v1", name: "interrupt", machine: true, slots: map[string]int{"rax": 8, "rcx": 0x10, "rbp": 0x18}, rows: []row{
		{0x1901, 8, "rax"},            // push rcx
		{0x1902, 0x10, "rax rcx"},     // push rbp
		{0x1903, 0x18, "rax rcx rbp"}, // sub rsp, 28h
		{0x1907, 0x40, "rax rcx rbp"}, // call leaf
		{0x190C, 0x40, "rax rcx rbp"}, // add rsp, 28h
		{0x1910, 0x18, "rax rcx rbp"}, // pop rbp
		{0x1911, 0x10, "rax rcx"},     // pop rcx
		{0x1912, 8, "rax"},            // pop rax
		{0x1913, 0, ""},               // iretq
	}},
	{image: "v1", name: "fault", machine: true, slots: map[string]int{"rbp": 0x10}, rows: []row{
		{0x1A00, 8, ""},           // push rbp
		{0x1A01, 0x10, "rbp"},     // sub rsp, 158h
		{0x1A08, 0x168, "rbp"},    // lea rbp, [rsp+80h]
		{0x1A10, 0x168, "rbp=E8"}, // call leaf
		{0x1A15, 0x168, "rbp=E8"}, // add rsp, 158h
		{0x1A1C, 0x10, "rbp"},     // pop rbp
		{0x1A1D, 8, ""},           // add rsp, 8
		{0x1A21, 0, ""},           // iretq
	}},

	{image: "v2", name: "atend", slots: map[string]int{"rbx": 8, "r14": 0x10}, rows: []row{
		{0x1000, 0, ""},           // push rbx
		{0x1001, 8, "rbx"},        // push r14
		{0x1003, 0x10, "rbx r14"}, // sub rsp, 28h
		{0x1007, 0x38, "rbx r14"}, // call other
		{0x100C, 0x38, "rbx r14"}, // add rsp, 28h
		{0x1010, 0x10, "rbx r14"}, // pop r14
		{0x1012, 8, "rbx"},        // pop rbx
		{0x1013, 0, ""},           // ret
	}},
	{image: "v2", name: "several", slots: map[string]int{"rbp": 8, "r15": 0x10, "rdi": 0x18}, rows: []row{
		{0x1100, 0, ""},                    // push rbp
		{0x1101, 8, "rbp"},                 // push r15
		{0x1103, 0x10, "rbp r15"},          // push rdi
		{0x1104, 0x18, "rbp r15 rdi"},      // sub rsp, 30h
		{0x1108, 0x48, "rbp r15 rdi"},      // lea rbp, [rsp+30h]
		{0x110D, 0x48, "rbp=18 r15 rdi"},   // test ecx, ecx
		{0x110F, 0x48, "rbp=18 r15 rdi"},   // je 111A
		{0x1111, 0x48, "rbp=18 r15 rdi"},   // lea rsp, [rbp]
		{0x1115, 0x18, "rbp=18 r15 rdi"},   // pop rdi
		{0x1116, 0x10, "rbp=18 r15"},       // pop r15
		{0x1118, 8, "rbp=18"},              // pop rbp
		{0x1119, 0, ""},                    // ret
		{0x111A, 0x48, "rbp=18 r15 rdi"},   // sub rsp, rdx
		{0x111D, 0x2048, "rbp=18 r15 rdi"}, // xor edi, edi
		{0x111F, 0x2048, "rbp=18 r15 rdi"}, // lea rsp, [rbp]
		{0x1123, 0x18, "rbp=18 r15 rdi"},   // pop rdi
		{0x1124, 0x10, "rbp=18 r15"},       // pop r15
		{0x1126, 8, "rbp=18"},              // pop rbp
		{0x1127, 0, ""},                    // jmp other
	}},

	{image: "c1 c2", name: "first", rows: []row{
		{0x1000, 0, ""}, // up to ret
		{0x1004, 0, ""}, // ret
	}},
	{image: "c1 c2", name: "tail", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x1010, 0, ""},       // push rsi
		{0x1011, 8, "rsi"},    // sub rsp, 20h
		{0x1015, 0x28, "rsi"}, // up to add rsp, 20h
		{0x1026, 8, "rsi"},    // pop rsi
		{0x1027, 0, ""},       // jmp first
	}},
	{image: "c1 c2", name: "many", slots: map[string]int{
		"r15": 8, "r14": 0x10, "r13": 0x18, "r12": 0x20, "rsi": 0x28, "rdi": 0x30, "rbp": 0x38, "rbx": 0x40,
	}, rows: []row{
		{0x1030, 0, ""},                                   // push r15
		{0x1032, 8, "r15"},                                // push r14
		{0x1034, 0x10, "r15 r14"},                         // push r13
		{0x1036, 0x18, "r15 r14 r13"},                     // push r12
		{0x1038, 0x20, "r15 r14 r13 r12"},                 // push rsi
		{0x1039, 0x28, "r15 r14 r13 r12 rsi"},             // push rdi
		{0x103A, 0x30, "r15 r14 r13 r12 rsi rdi"},         // push rbp
		{0x103B, 0x38, "r15 r14 r13 r12 rsi rdi rbp"},     // push rbx
		{0x103C, 0x40, "r15 r14 r13 r12 rsi rdi rbp rbx"}, // sub rsp, 28h
		{0x1040, 0x68, "r15 r14 r13 r12 rsi rdi rbp rbx"}, // up to add rsp, 28h
		{0x10F4, 0x40, "r15 r14 r13 r12 rsi rdi rbp rbx"}, // pop rbx
		{0x10F5, 0x38, "r15 r14 r13 r12 rsi rdi rbp"},     // pop rbp
		{0x10F6, 0x30, "r15 r14 r13 r12 rsi rdi"},         // pop rdi
		{0x10F7, 0x28, "r15 r14 r13 r12 rsi"},             // pop rsi
		{0x10F8, 0x20, "r15 r14 r13 r12"},                 // pop r12
		{0x10FA, 0x18, "r15 r14 r13"},                     // pop r13
		{0x10FC, 0x10, "r15 r14"},                         // pop r14
		{0x10FE, 8, "r15"},                                // pop r15
		{0x1100, 0, ""},                                   // ret
	}},
	{image: "c1 c2", name: "sized", slots: map[string]int{"rbp": 8, "rsi": 0x10, "rdi": 0x18}, rows: []row{
		{0x1110, 0, ""},                   // push rbp
		{0x1111, 8, "rbp"},                // push rsi
		{0x1112, 0x10, "rbp rsi"},         // push rdi
		{0x1113, 0x18, "rbp rsi rdi"},     // mov rbp, rsp
		{0x1116, 0x18, "rbp=18 rsi rdi"},  // up to sub rsp, rax
		{0x1124, 0x118, "rbp=18 rsi rdi"}, // up to sub rsp, 20h
		{0x11A3, 0x138, "rbp=18 rsi rdi"}, // up to add rsp, 20h
		{0x11AC, 0x118, "rbp=18 rsi rdi"}, // up to sub rsp, 20h
		{0x11B2, 0x138, "rbp=18 rsi rdi"}, // up to add rsp, 20h
		{0x11BE, 0x118, "rbp=18 rsi rdi"}, // up to mov rsp, rbp
		{0x11C3, 0x18, "rbp=18 rsi rdi"},  // pop rdi
		{0x11C4, 0x10, "rbp=18 rsi"},      // pop rsi
		{0x11C5, 8, "rbp=18"},             // pop rbp
		{0x11C6, 0, ""},                   // ret
	}},
	{image: "c1 c2", name: "numbers", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x11D0, 0, ""},         // push rsi
		{0x11D1, 8, "rsi"},      // sub rsp, 3050h
		{0x11D8, 0x3058, "rsi"}, // up to add rsp, 3050h
		{0x12AF, 8, "rsi"},      // pop rsi
		{0x12B0, 0, ""},         // ret
	}},
	{image: "c1 c2", name: "several", slots: map[string]int{"rsi": 8, "rdi": 0x10, "rbx": 0x18}, rows: []row{
		{0x12C0, 0, ""},               // push rsi
		{0x12C1, 8, "rsi"},            // push rdi
		{0x12C2, 0x10, "rsi rdi"},     // push rbx
		{0x12C3, 0x18, "rsi rdi rbx"}, // sub rsp, 20h
		{0x12C7, 0x38, "rsi rdi rbx"}, // up to add rsp, 20h
		{0x12E5, 0x18, "rsi rdi rbx"}, // pop rbx
		{0x12E6, 0x10, "rsi rdi"},     // pop rdi
		{0x12E7, 8, "rsi"},            // pop rsi
		{0x12E8, 0, ""},               // jmp tail
		{0x12ED, 0x38, "rsi rdi rbx"}, // up to add rsp, 20h
		{0x1322, 0x18, "rsi rdi rbx"}, // pop rbx
		{0x1323, 0x10, "rsi rdi"},     // pop rdi
		{0x1324, 8, "rsi"},            // pop rsi
		{0x1325, 0, ""},               // ret
	}},
	{image: "c1 c2", name: "stops", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x1330, 0, ""},       // push rsi
		{0x1331, 8, "rsi"},    // sub rsp, 20h
		{0x1335, 0x28, "rsi"}, // up to jmp 1340
		{0x1348, 0x28, "rsi"}, // jmp 1340
	}},
	{image: "c1 c2", name: "calls_stops", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x1350, 0, ""},       // push rsi
		{0x1351, 8, "rsi"},    // sub rsp, 20h
		{0x1355, 0x28, "rsi"}, // up to add rsp, 20h
		{0x136A, 8, "rsi"},    // pop rsi
		{0x136B, 0, ""},       // ret
		{0x136C, 0x28, "rsi"}, // up to the end
		{0x1374, 0x28, "rsi"}, // int3
	}},
	{image: "c1 c2", name: "all", slots: map[string]int{"r15": 8, "r14": 0x10, "r12": 0x18, "rsi": 0x20, "rdi": 0x28, "rbx": 0x30}, rows: []row{
		{0x1380, 0, ""},                           // push r15
		{0x1382, 8, "r15"},                        // push r14
		{0x1384, 0x10, "r15 r14"},                 // push r12
		{0x1386, 0x18, "r15 r14 r12"},             // push rsi
		{0x1387, 0x20, "r15 r14 r12 rsi"},         // push rdi
		{0x1388, 0x28, "r15 r14 r12 rsi rdi"},     // push rbx
		{0x1389, 0x30, "r15 r14 r12 rsi rdi rbx"}, // sub rsp, 38h
		{0x138D, 0x68, "r15 r14 r12 rsi rdi rbx"}, // up to add rsp, 38h
		{0x144A, 0x30, "r15 r14 r12 rsi rdi rbx"}, // pop rbx
		{0x144B, 0x28, "r15 r14 r12 rsi rdi"},     // pop rdi
		{0x144C, 0x20, "r15 r14 r12 rsi"},         // pop rsi
		{0x144D, 0x18, "r15 r14 r12"},             // pop r12
		{0x144F, 0x10, "r15 r14"},                 // pop r14
		{0x1451, 8, "r15"},                        // pop r15
		{0x1453, 0, ""},                           // ret
	}},

	{image: "raw", name: "zeros", slots: map[string]int{"rsi": 8, "rbx": 0x38, "rdi": 0x28}, rows: []row{
		{0x1000, 0, ""},                 // push rsi
		{0x1001, 8, "rsi"},              // sub rsp, 30h
		{0x1005, 0x38, "rsi"},           // movaps [rsp], xmm8
		{0x100A, 0x38, "rsi"},           // movaps [rsp], xmm9
		{0x100F, 0x38, "rsi"},           // mov [rsp], rbx
		{0x1013, 0x38, "rsi rbx"},       // mov [rsp+10h], rdi
		{0x1018, 0x38, "rsi rbx rdi"},   // call leaf
		{0x101D, 0x38, "rsi rbx rdi"},   // mov rdi, [rsp+10h]
		{0x1022, 0x38, "rsi rbx rdi!"},  // mov rbx, [rsp]
		{0x1026, 0x38, "rsi rbx! rdi!"}, // add rsp, 30h
		{0x102A, 8, "rsi"},              // pop rsi
		{0x102B, 0, ""},                 // ret
	}},
	{image: "raw", name: "parts", slots: map[string]int{"rbp": 8, "rsi": 0x10, "rdi": 0x18}, rows: []row{
		{0x1100, 0, ""},                    // push rbp
		{0x1101, 8, "rbp"},                 // sub rsp, 40h
		{0x1105, 0x48, "rbp"},              // lea rbp, [rsp+20h]
		{0x110A, 0x48, "rbp=28"},           // test ecx, ecx
		{0x110C, 0x48, "rbp=28"},           // je 112F
		{0x110E, 0x48, "rbp=28"},           // nop, of the second part
		{0x110F, 0x48, "rbp=28"},           // mov [rbp+18h], rsi
		{0x1113, 0x48, "rbp=28 rsi"},       // xor esi, esi
		{0x1115, 0x48, "rbp=28 rsi"},       // call leaf
		{0x111A, 0x48, "rbp=28 rsi"},       // mov [rbp+10h], rdi, of the third part
		{0x111E, 0x48, "rbp=28 rsi rdi"},   // xor edi, edi
		{0x1120, 0x48, "rbp=28 rsi rdi"},   // call leaf
		{0x1125, 0x48, "rbp=28 rsi rdi"},   // mov rdi, [rbp+10h]
		{0x1129, 0x48, "rbp=28 rsi rdi!"},  // mov rsi, [rbp+18h]
		{0x112D, 0x48, "rbp=28 rsi! rdi!"}, // jmp 112F
		{0x112F, 0x48, "rbp=28"},           // lea rsp, [rbp+20h], of the fourth part
		{0x1133, 8, "rbp=28"},              // pop rbp
		{0x1134, 0, ""},                    // ret
		{0x1135, 0x48, "rbp=28"},           // lea rsp, [rbp+20h]
		{0x1139, 8, "rbp=28"},              // pop rbp
		{0x113A, 0, ""},                    // jmp parts
	}},
	{image: "raw", name: "epilogues", slots: map[string]int{"rbx": 8, "r12": 0x10}, rows: []row{
		{0x1200, 0, ""},           // push rbx
		{0x1201, 8, "rbx"},        // push r12
		{0x1203, 0x10, "rbx r12"}, // push rax
		{0x1204, 0x18, "rbx r12"}, // test ecx, ecx
		{0x1206, 0x18, "rbx r12"}, // je 120D
		{0x1208, 0x18, "rbx r12"}, // pop rcx
		{0x1209, 0x10, "rbx r12"}, // pop r12
		{0x120B, 8, "rbx"},        // pop rbx
		{0x120C, 0, ""},           // ret
		{0x120D, 0x18, "rbx r12"}, // mov ebx, 1
		{0x1212, 0x18, "rbx r12"}, // call leaf
		{0x1217, 0x18, "rbx r12"}, // pop rcx
		{0x1218, 0x10, "rbx r12"}, // pop r12
		{0x121A, 8, "rbx"},        // pop rbx
		{0x121B, 0, ""},           // ret
		{0x121C, 0x18, "rbx r12"}, // nop
		{0x121D, 0x18, "rbx r12"}, // pop rcx
		{0x121E, 0x10, "rbx r12"}, // pop r12
		{0x1220, 8, "rbx"},        // pop rbx
		{0x1221, 0, ""},           // jmp leaf
		{0x1226, 0x18, "rbx r12"}, // nop
		{0x1227, 0x18, "rbx r12"}, // pop rcx
		{0x1228, 0x10, "rbx r12"}, // pop r12
		{0x122A, 8, "rbx"},        // pop rbx
		{0x122B, 0, ""},           // ret
	}},
	{image: "raw", name: "unlisted", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x1300, 0, ""},       // push rsi
		{0x1301, 8, "rsi"},    // sub rsp, 20h
		{0x1305, 0x28, "rsi"}, // call leaf
		{0x130A, 0x28, "rsi"}, // add rsp, 20h
		{0x130E, 8, "rsi"},    // pop rsi
		{0x130F, 0, ""},       // ret
	}},
	{image: "raw", name: "cold", slots: map[string]int{"rbx": 8, "rsi": -0x10}, rows: []row{
		{0x1400, 0, ""},            // push rbx
		{0x1401, 8, "rbx"},         // sub rsp, 20h
		{0x1405, 0x28, "rbx"},      // jmp 1407
		{0x1407, 0x28, "rbx"},      // mov [rsp+38h], rsi, of the second part
		{0x140C, 0x28, "rbx rsi"},  // xor esi, esi
		{0x140E, 0x28, "rbx rsi"},  // call leaf
		{0x1413, 0x28, "rbx rsi"},  // mov rsi, [rsp+38h]
		{0x1418, 0x28, "rbx rsi!"}, // add rsp, 20h, of the third part
		{0x141C, 8, "rbx rsi!"},    // pop rbx
		{0x141D, 0, "rsi!"},        // ret
	}},
	{image: "raw", name: "resume", machine: true, slots: map[string]int{"rcx": 8, "rsi": 0x10}, rows: []row{
		{0x1500, 0, ""},           // push rcx
		{0x1501, 8, "rcx"},        // push rsi
		{0x1502, 0x10, "rcx rsi"}, // nop
		{0x1503, 0x10, "rcx rsi"}, // pop rsi
		{0x1504, 8, "rcx"},        // pop rcx
		{0x1505, 0, ""},           // iretq
	}},

	{image: "raw", name: "unchained", slots: map[string]int{"rbx": 8}, rows: []row{
		{0x1700, 0, ""},       // push rbx
		{0x1701, 8, "rbx"},    // sub rsp, 20h
		{0x1705, 0x28, "rbx"}, // jmp unchained_cold
		{0x1707, 0x28, "rbx"}, // jmp unchained_cold+1
		{0x1709, 0x28, "rbx"}, // add rsp, 20h
		{0x170D, 8, "rbx"},    // pop rbx
		{0x170E, 0, ""},       // jmp pushes_flags
	}},
	{image: "raw", name: "unchained, cold part", slots: map[string]int{"rbx": 8}, rows: []row{
		{0x1714, 0x28, "rbx"}, // up to add rsp, 20h
		{0x171D, 8, "rbx"},    // pop rbx
		{0x171E, 0, ""},       // ret
	}},
	{image: "raw", name: "pushes_flags", slots: map[string]int{"rbx": 8, "r15": 0x18}, rows: []row{
		{0x1600, 0, ""},            // push rbx
		{0x1601, 8, "rbx"},         // pushfq
		{0x1602, 0x10, "rbx"},      // push r15
		{0x1604, 0x18, "rbx r15"},  // sub rsp, 28h
		{0x1608, 0x40, "rbx r15"},  // up to add rsp, 28h
		{0x1611, 0x18, "rbx r15"},  // pop r15
		{0x1613, 0x10, "rbx r15!"}, // pop rcx
		{0x1614, 8, "rbx"},         // pop rbx
		{0x1615, 0, ""},            // ret
	}},
	{image: "raw", name: "early", slots: map[string]int{"rbp": 8, "r15": 0x10}, rows: []row{
		{0x1800, 0, ""},                 // push rbp
		{0x1801, 8, "rbp"},              // sub rsp, 30h
		{0x1805, 0x38, "rbp"},           // mov [rsp+28h], r15
		{0x180A, 0x38, "rbp r15"},       // up to lea rbp, [rsp+20h]
		{0x1812, 0x38, "rbp=18 r15"},    // sub rsp, rax
		{0x1815, 0x1038, "rbp=18 r15"},  // up to mov r15, [rbp+8]
		{0x181E, 0x1038, "rbp=18 r15!"}, // lea rsp, [rbp+10h]
		{0x1822, 8, "rbp=18"},           // pop rbp
		{0x1823, 0, ""},                 // ret
	}},
	{image: "raw", name: "again", slots: map[string]int{"rsi": 8}, rows: []row{
		{0x1900, 0, ""},       // push rsi
		{0x1901, 8, "rsi"},    // sub rsp, 20h
		{0x1905, 0x28, "rsi"}, // nop, of the second part
		{0x1906, 0x28, "rsi"}, // jmp 1905
		{0x1908, 0x28, "rsi"}, // lea rsp, [rsp+rax*8]
	}},

	{image: "odd", name: "xmm", slots: map[string]int{"rbx": 8}, rows: []row{
		{0x1000, 0, ""},       // push rbx
		{0x1001, 8, "rbx"},    // sub rsp, 40h
		{0x1005, 0x48, "rbx"}, // movlps [rsp], xmm6
		{0x1009, 0x48, "rbx"}, // movlps [rsp+10h], xmm7
		{0x100E, 0x48, "rbx"}, // call leaf
		{0x1013, 0x48, "rbx"}, // add rsp, 40h
		{0x1017, 8, "rbx"},    // pop rbx
		{0x1018, 0, ""},       // ret
	}},
	{image: "odd", name: "deep", slots: map[string]int{"rbx": 8}, rows: []row{
		{0x1100, 0, ""},    // push rbx
		{0x1101, 8, "rbx"}, // nop
		{0x1102, 8, "rbx"}, // pop rbx
		{0x1103, 0, ""},    // ret
	}},
	{image: "odd", name: "indirect", slots: map[string]int{"rdi": 8}, rows: []row{
		{0x1600, 0, ""},       // push rdi
		{0x1601, 8, "rdi"},    // sub rsp, 20h
		{0x1605, 0x28, "rdi"}, // test ecx, ecx
		{0x1607, 0x28, "rdi"}, // jne 1640
		{0x1609, 0x28, "rdi"}, // add rsp, 20h
		{0x160D, 8, "rdi"},    // pop rdi
		{0x160E, 0, ""},       // ret
	}},
	{image: "odd", name: "indirect, second part", slots: map[string]int{"rdi": 8}, rows: []row{
		{0x1640, 0x28, "rdi"}, // call leaf
		{0x1645, 0x28, "rdi"}, // jmp 1680
	}},
	{image: "odd", name: "indirect, third part", slots: map[string]int{"rdi": 8}, rows: []row{
		{0x1680, 0x28, "rdi"}, // xor edi, edi
		{0x1682, 0x28, "rdi"}, // jmp 1609
	}},
	{image: "odd", name: "padded", slots: map[string]int{"rbx": 8}, rows: []row{
		{0x1800, 0, ""},    // push rbx
		{0x1801, 8, "rbx"}, // nop
		{0x1802, 8, "rbx"}, // pop rbx
		{0x1803, 0, ""},    // ret
	}},
	{image: "odd", name: "unpadded", rows: []row{
		{0x1900, 0, ""}, // nop
		{0x1901, 0, ""}, // ret
	}},
	{image: "odd", name: "trap", machine: true, slots: map[string]int{"rax": 0x10, "rbp": 0x18}, rows: []row{
		{0x1700, 8, ""},           // push rax
		{0x1701, 0x10, "rax"},     // push rbp
		{0x1702, 0x18, "rax rbp"}, // sub rsp, 28h
		{0x1706, 0x40, "rax rbp"}, // call leaf
		{0x170B, 0x40, "rax rbp"}, // add rsp, 28h
		{0x170F, 0x18, "rax rbp"}, // pop rbp
		{0x1710, 0x10, "rax"},     // pop rax
		{0x1711, 8, ""},           // add rsp, 8
		{0x1715, 0, ""},           // swapgs
		{0x1718, 0, ""},           // iretq
	}},
}

func TestCallerAMD64(t *testing.T) {
	for _, f := range tablesAMD64 {
		for _, image := range strings.Fields(f.image) {
			im := sampleAMD64(t, image)
			called := false // the instruction before is a call
			for i, r := range f.rows {
				end := r.rva + 1
				if i+1 < len(f.rows) {
					end = f.rows[i+1].rva
				}
				m, registers := f.state(r)
				at := r.rva
				for at < end {
					for _, returned := range []bool{false, true} {
						if returned && !called {
							continue
						}
						c, err := xdata.CallerAMD64(im, baseAMD64, m, baseAMD64+dmpfile.VirtAddr(at), registers, returned)
						if got, want := describe(c, err), f.want(r); got != want {
							t.Errorf("%s, %s at %#x (returned: %v):\n got %s\nwant %s", image, f.name, at, returned, got, want)
						}
					}
					var code [15]byte
					n, _ := im.ReadAt(code[:], int64(at))
					in, err := insn.Decode(code[:n])
					if err != nil {
						t.Fatal(image, f.name, err)
					}
					at += uint32(in.Len)
					called = in.Op == x86asm.CALL
				}
				if i+1 < len(f.rows) && at != end {
					t.Errorf("%s, %s: no instruction begins at %#x", image, f.name, end)
				}
			}
		}
	}
}

// state returns the stack and the registers ahead of the instruction of a row.
func (f *functionTable) state(r row) (*stackAMD64, insn.Registers) {
	var registers insn.Registers
	for x := insn.RAX; x <= insn.R15; x++ {
		registers.Set(x, 0xBAD<<52|uint64(x))
	}
	for _, x := range nonvolatiles {
		registers.Set(x, callersAMD64[x])
	}
	sp := topAMD64 - dmpfile.VirtAddr(r.depth)
	registers.Set(insn.RSP, uint64(sp))
	m := &stackAMD64{topAMD64 - 0x200000, topAMD64 + 0x1000, sp, map[dmpfile.VirtAddr]uint64{topAMD64: returnAMD64}}
	if f.machine {
		m.words[topAMD64+8], m.words[topAMD64+0x10], m.words[topAMD64+0x18], m.words[topAMD64+0x20] = 0x10, 0x40286, machineSP, 0x18
	}
	for _, s := range strings.Fields(r.saved) {
		name, isKept := strings.CutSuffix(s, "!")
		name, depth, isPointer := strings.Cut(name, "=")
		x, ok := insn.RegisterOf(name)
		if !ok {
			panic(s)
		}
		m.words[topAMD64-dmpfile.VirtAddr(f.slots[name])] = callersAMD64[x]
		switch {
		case isPointer:
			n, err := strconv.ParseInt(depth, 16, 64)
			if err != nil {
				panic(s)
			}
			registers.Set(x, uint64(topAMD64)-uint64(n))
		case !isKept:
			registers.Set(x, 0xBAD<<52|uint64(x))
		}
	}
	return m, registers
}

// want describes the caller, which is the same wherever in the function control is, but for volatile registers.
func (f *functionTable) want(r row) string {
	known := "rsp=0xffff850429b10000"
	if f.machine {
		known = "rsp=0xffff850430000a00"
	}
	known += " rbx=0xb000000000000003 rbp=0xb000000000000005 rsi=0xb000000000000006 rdi=0xb000000000000007" +
		" r12=0xb00000000000000c r13=0xb00000000000000d r14=0xb00000000000000e r15=0xb00000000000000f"
	for _, x := range []insn.Register{insn.RAX, insn.RCX} {
		if f.machine && strings.Contains(r.saved, x.String()) {
			known += fmt.Sprintf(" %s=%#x", x, callersAMD64[x])
		}
	}
	return fmt.Sprintf("0xfffff80355501234 of 0xffff850429b0fff8, machine %v, %s", f.machine, known)
}

func describe(c xdata.Caller, err error) string {
	if err != nil {
		return err.Error()
	}
	s := fmt.Sprintf("%#x of %#x, machine %v,", uint64(c.IP), uint64(c.Slot), c.Machine)
	order := append([]insn.Register{insn.RSP}, nonvolatiles...)
	order = append(order, insn.RAX, insn.RCX, insn.RDX, insn.R8, insn.R9, insn.R10, insn.R11)
	for _, x := range order {
		if v, known := c.Registers.Get(x); known {
			s += fmt.Sprintf(" %s=%#x", x, v)
		}
	}
	return s
}
