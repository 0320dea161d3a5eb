package bugcheck

import "slices"

// A Type says what kind of value a parameter holds. It is empty where the
// numbers alone do not tell. Besides the constants, the name of each
// enumeration that codes share is a type, such as "irql".
type Type string

const (
	TypeNTStatus        Type = "ntstatus"         // an NTSTATUS
	TypeAddress         Type = "address"          // an address of data
	TypeCodeAddress     Type = "code-address"     // an address inside code
	TypeProcess         Type = "process"          // the address of an EPROCESS
	TypeThread          Type = "thread"           // the address of an ETHREAD
	TypeIRP             Type = "irp"              // the address of an IRP
	TypeDeviceObject    Type = "device-object"    // the address of a DEVICE_OBJECT
	TypeDriverObject    Type = "driver-object"    // the address of a DRIVER_OBJECT
	TypeExceptionRecord Type = "exception-record" // the address of an EXCEPTION_RECORD
	TypeContextRecord   Type = "context-record"   // the address of a CONTEXT
	TypeTrapFrame       Type = "trap-frame"       // the address of a KTRAP_FRAME
	TypeWHEARecord      Type = "whea-record"      // the address of a WHEA_ERROR_RECORD
	TypePoolTag         Type = "pool-tag"         // four characters, the first in the lowest byte
	TypeText            Type = "text"             // characters, see [Text]
	TypeTimeNS          Type = "time-ns"          // a duration in nanoseconds
	TypeTime100NS       Type = "time-100ns"       // a duration in units of 100 nanoseconds
	TypeTimeUS          Type = "time-us"          // a duration in microseconds
	TypeTimeMS          Type = "time-ms"          // a duration in milliseconds
	TypeTimeS           Type = "time-s"           // a duration in seconds
	TypeTimeTicks       Type = "time-ticks"       // a duration in clock ticks
	TypeCount           Type = "count"            // how many, or how much
	TypeSigned          Type = "signed"           // a number of 16, 32 or 64 bits that can be below zero
	TypeSignedHalves    Type = "signed-halves"    // two such numbers of 16 bits: SpecialApcDisable, KernelApcDisable
	TypeID              Type = "id"               // a number that names something
	TypeFileLine        Type = "file-line"        // a source file's id and a line number
	TypeFlags           Type = "flags"            // bits
	TypeEnum            Type = "enum"             // a number with meanings of its own
	TypeValue           Type = "value"            // a number the label explains
	TypeReserved        Type = "reserved"         // documented as reserved
	TypeUndocumented    Type = "undocumented"     // documented codes say nothing of it
	TypeNotValid        Type = "not-valid"        // documented for other cases; here it holds whatever was there
)

var builtinTypes = []Type{
	TypeNTStatus, TypeAddress, TypeCodeAddress, TypeProcess, TypeThread, TypeIRP,
	TypeDeviceObject, TypeDriverObject, TypeExceptionRecord, TypeContextRecord,
	TypeTrapFrame, TypeWHEARecord, TypePoolTag, TypeText, TypeTimeNS,
	TypeTime100NS, TypeTimeUS, TypeTimeMS, TypeTimeS, TypeTimeTicks, TypeCount,
	TypeSigned, TypeSignedHalves,
	TypeID, TypeFileLine, TypeFlags, TypeEnum, TypeValue, TypeReserved,
	TypeUndocumented, TypeNotValid,
}

func (t Type) builtin() bool { return slices.Contains(builtinTypes, t) }

// IsEnumeration reports whether values of type t are numbers that each have a
// meaning: those of a code, or those of an enumeration that codes share.
func (t Type) IsEnumeration() bool { return t == TypeEnum || t != "" && !t.builtin() }

// IsAddress reports whether a value of type t is an address.
func (t Type) IsAddress() bool {
	switch t {
	case TypeAddress, TypeCodeAddress, TypeProcess, TypeThread, TypeIRP,
		TypeDeviceObject, TypeDriverObject, TypeExceptionRecord,
		TypeContextRecord, TypeTrapFrame, TypeWHEARecord:
		return true
	}
	return false
}
