package pdb_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/dmplens/dmplens/dmpfile/pdb"
)

func TestUndecorate(t *testing.T) {
	for name, want := range map[string]string{
		"?CaptureLiveDump@CLogCollectionServer@@UEAAJPEAUX@@@Z": "CLogCollectionServer::CaptureLiveDump",
		"?FxStubInitTypes@@YAJXZ":                               "FxStubInitTypes",
		"?__KMDF_TYPE_INIT_END@@3PEAXEA":                        "__KMDF_TYPE_INIT_END",
		"??0?$Foo@H@@QEAA@XZ":                                   "Foo<int>::Foo<int>",
		"??$?0H@Foo@@QEAA@H@Z":                                  "Foo::Foo<int>",
		"??1Foo@@UEAA@XZ":                                       "Foo::~Foo",
		"??BFoo@@QEAAHXZ":                                       "Foo::operator int",
		"??B?$ComPtr@UIUnknown@@@@QEBAPEAUIUnknown@@XZ":         "ComPtr<IUnknown>::operator IUnknown *",
		"??RFoo@@QEBAXXZ":                                       "Foo::operator()",
		"??6@YAAEAVx@@AEAV0@H@Z":                                "operator<<",
		"??_GFoo@@UEAAPEAXI@Z":                                  "Foo::`scalar deleting destructor'",
		"??_9Foo@@$BA@AA":                                       "[thunk]:Foo::`vcall'{0,{flat}}",
		"?f@Foo@@W7EAAXXZ":                                      "[thunk]:Foo::f`adjustor{8}'",
		"??_EFoo@@$4PPPPPPPM@A@EAAPEAXI@Z":                      "[thunk]:Foo::`vector deleting destructor'`vtordisp{-4,0}'",
		"??_7Foo@@6B@":                                          "Foo::`vftable'",
		"??_7Foo@@6BBar@@@":                                     "Foo::`vftable'{for `Bar'}",
		"??_R4Foo@@6B@":                                         "Foo::`RTTI Complete Object Locator'",
		"??_R1A@?0A@EA@Foo@@8":                                  "Foo::`RTTI Base Class Descriptor at (0,-1,0,64)'",
		"??_R0?AVFoo@@@8":                                       "Foo `RTTI Type Descriptor'",
		"??_C@_03IJNJDFBD@Dis@":                                 "`string'",
		"??__Efoo@@YAXXZ":                                       "`dynamic initializer for 'foo''",
		"??__E?x@Foo@@2HA@@YAXXZ":                               "`dynamic initializer for 'Foo::x''",
		"??__Ffoo@@YAXXZ":                                       "`dynamic atexit destructor for 'foo''",
		"??__K_km@@YAHXZ":                                       `operator "" _km`,
		"?x@?1??foo@Bar@@YAXXZ@4HA":                             "`Bar::foo'::`2'::x",
		"?filt$0@?0??foo@Bar@@YAXH@Z@4HA":                       "`Bar::foo'::`1'::filt$0",
		"?filt$0@?0?KiRaise@@9@9":                               "`KiRaise'::`1'::filt$0",
		"??R<lambda_1>@?0??foo@@YAXXZ@QEBA@XZ":                  "`foo'::`1'::<lambda_1>::operator()",
		"?f@?A0x12345678@@YAXXZ":                                "`anonymous namespace'::f",
		"?f@?A0x12345678@out@@YAXV12@@Z":                        "out::`anonymous namespace'::f",
		"?f@?$vector@PEBDV?$allocator@PEBD@std@@@std@@QEAAXXZ":  "std::vector<char const *,std::allocator<char const *> >::f",
		"??$f@H$0A@$01$0PPPP@$0?4@@YAXXZ":                       "f<int,0,2,65535,-5>",
		"??$f@$1?g@@YAXXZ@@YAXXZ":                               "f<&g>",
		"??$f@P6AHH@Z@@YAXXZ":                                   "f<int (__cdecl*)(int)>",
		"??$f@P8Foo@@EAAHH@Z@@YAXXZ":                            "f<int (__cdecl Foo::*)(int)>",
		"??$f@$$CBH$$BY01H$$QEAH$$T@@YAXXZ":                     "f<int const,int[2],int &&,std::nullptr_t>",
		"??$f@$$V@@YAXXZ":                                       "f<>",
		"??$f@W4E@@TU@@@@YAXXZ":                                 "f<E,U>",
		"??$f@PEAPEBD@@YAXXZ":                                   "f<char const * *>",
		"??$f@PEAY01H@@YAXXZ":                                   "f<int (*)[2]>",
		"?same@?$A@V?$B@H@@V1@@@QEAAX_K0@Z":                     "A<B<int>,B<int> >::same",

		"??0?$T@QEBQEBD@@QEAA@XZ":                      "T<char const * const * const>::T<char const * const * const>",
		"??$f@QEBQ6AXXZ@@YAXXZ":                        "f<void (__cdecl* const * const)(void)>",
		"??$f@AEAY144$$CBH@@YAXXZ":                     "f<int const (&)[5][5]>",
		"??$f@P6AP6AHH@ZD@Z@@YAXXZ":                    "f<int (__cdecl* (__cdecl*)(char))(int)>",
		"??$f@$$A8@@EBAHH@Z@@YAXXZ":                    "f<int __cdecl(int) const>",
		"??BA@@QEAA?A?<auto>@@XZ":                      "A::operator <auto>",
		"??__Efoo@ns@@YAXXZ":                           "ns::`dynamic initializer for 'foo''",
		"?f@@$$J0YAXXZ":                                "f",
		"?AddRef@?$CComObject@VFilter@@@ATL@@W7EAAKXZ": "[thunk]:ATL::CComObject<Filter>::AddRef`adjustor{8}'",
		"??_7A@B@@6BC@D@@E@F@@@":                       "B::A::`vftable'{for `D::C's `F::E'}",

		// C names of x86 code.
		"_f@8":                    "f",
		"@f@8":                    "f",
		"f@@16":                   "f",
		"_KeBugCheckEx@20":        "KeBugCheckEx",
		"@ObfDereferenceObject@4": "ObfDereferenceObject",
		"__imp__ExFreePool@4":     "_imp__ExFreePool",

		// As they are: not decorated, not understood, cut, or out of their minds.
		"":                                     "",
		"?":                                    "?",
		"??":                                   "??",
		"@":                                    "@",
		"@@":                                   "@@",
		"_@8":                                  "_@8",
		"f@8":                                  "f@8",
		"_f@":                                  "_f@",
		"_f@x":                                 "_f@x",
		"_f@70000":                             "_f@70000",
		"_f":                                   "_f",
		"KiSystemServiceCopyEnd":               "KiSystemServiceCopyEnd",
		"__security_check_cookie":              "__security_check_cookie",
		"??@0123456789abcdef0123456789abcdef@": "??@0123456789abcdef0123456789abcdef@",
		"?f@":                                  "?f@",
		"?f@@":                                 "?f@@",
		"?@@YAXXZ":                             "?@@YAXXZ",
		"?f@1@@YAXXZ":                          "?f@1@@YAXXZ",
		"??0@@QEAA@XZ":                         "??0@@QEAA@XZ",
		"??BFoo@@QEAA":                         "??BFoo@@QEAA",
		"??$f@H":                               "??$f@H",
		"??_Zf@@YAXXZ":                         "??_Zf@@YAXXZ",
		"?x@?1??foo@@YAX":                      "?x@?1??foo@@YAX",
		"??$f@$0PPPPPPPPPPPPPPPPPP@@@YAXXZ":    "??$f@$0PPPPPPPPPPPPPPPPPP@@@YAXXZ",
	} {
		if got := pdb.Undecorate(name); got != want {
			t.Errorf("%q: %q, not %q", name, got, want)
		}
	}
}

// In x86 code an underscore goes too; elsewhere it is part of the name.
func TestUndecorateOfFile(t *testing.T) {
	x86, amd64 := open(t, withFrames.data()), open(t, small.data())
	for name, want := range map[string][2]string{
		"_main":                 {"main", "_main"},
		"__chkstk":              {"_chkstk", "__chkstk"},
		"_f@8":                  {"f", "f"},
		"_":                     {"_", "_"},
		"?f@@YAXXZ":             {"f", "f"},
		"__imp__ExFreePool@4":   {"_imp__ExFreePool", "_imp__ExFreePool"},
		"_guard_dispatch_icall": {"guard_dispatch_icall", "_guard_dispatch_icall"},
	} {
		if got := [2]string{x86.Undecorate(name), amd64.Undecorate(name)}; got != want {
			t.Errorf("%q: %q, not %q", name, got, want)
		}
	}
}

// Names that stand for very long ones, and that lie deep in each other, are left as they are.
func TestUndecorateBounded(t *testing.T) {
	var double strings.Builder // each template has the one before it twice
	double.WriteString("?f@?$a@H@")
	for range 40 {
		double.WriteString("?$a@")
	}
	for _, name := range []string{
		double.String(),
		"??$f@" + strings.Repeat("PEA", 1000) + "H@@YAXXZ",
		"??$f@" + strings.Repeat("V?$a@", 300) + "H" + strings.Repeat("@@", 300) + "@@YAXXZ",
		"??$f@" + strings.Repeat("P6A", 200) + "X" + strings.Repeat("XZ", 200) + "@@YAXXZ",
		"?" + strings.Repeat("?B", 2000),
		"?x@" + strings.Repeat("?1??x@", 400) + "@YAXXZ@4HA",
		"?" + strings.Repeat("a", 5000) + "@@YAXXZ",
		"?f@" + strings.Repeat("V?$p@V0@V0@@", 100) + "@YAXXZ",
	} {
		if got := pdb.Undecorate(name); got != name && len(got) > 3*8192 {
			t.Errorf("%.80q: %d letters", name, len(got))
		}
	}
	// A pair of a pair of a pair: eight times the letters for each one more.
	arg := "H"
	for i := range 9 {
		n := string(rune('a' + i))
		arg = "V?$" + n + "@" + arg + "V?$z@" + arg + "@@@@"
		if name := "??$f@" + arg + "@@YAXXZ"; len(name) < 4096 && pdb.Undecorate(name) == name {
			t.Errorf("%d pairs are not understood", i)
		}
	}
}

func FuzzUndecorate(f *testing.F) {
	for s := range open(f, sample(f, "names.pdb")).Symbols() {
		f.Add(s.Name)
	}
	for _, name := range []string{"_f@8", "@f@8", "f@@16", "?x@?1??foo@Bar@@YAXXZ@4HA", "??_R1A@?0A@EA@Foo@@8", "??_9Foo@@$BA@AA", "?f@Foo@@W7EAAXXZ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := pdb.Undecorate(name)
		if got == "" && name != "" || len(got) > max(len(name), 1<<15) {
			t.Fatalf("%q: %d letters", name, len(got))
		}
		if !bytes.ContainsAny([]byte(name), "?@") && got != name {
			t.Fatalf("%q: %q", name, got)
		}
	})
}
