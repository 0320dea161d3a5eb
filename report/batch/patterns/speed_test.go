package patterns

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

// BenchmarkMillion takes a million rows: of 100,000 machines and 20,000 signatures, of a fleet with few signatures and many devices, of three
// machines, of one, and of as many machines and signatures as rows.
func BenchmarkMillion(b *testing.B) {
	for _, c := range []struct {
		name                 string
		machines, signatures int
	}{{"share", 100_000, 20_000}, {"fleet", 100_000, 100}, {"few", 3, 2}, {"many", 1_000_000, 1_000_000}, {"one machine", 1, 300_000}} {
		var devices []string
		for i := range 300 {
			devices = append(devices, fmt.Sprintf("display adapter 10de:%04x", i))
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				var t Collector
				r := stop("", "", "0xd1", 0, 0)
				for i := range 1_000_000 {
					r.File.Path = fmt.Sprintf("//server/share/minidumps/host%06d/%08d.dmp", i%c.machines, i)
					r.Hardware.MachineID = fmt.Sprintf("%032x", i*7919%c.machines)
					r.Signature.Coarse = fmt.Sprintf("0xd1|driver%d.sys", i%c.signatures)
					r.Signature.Module = r.Signature.Coarse[5:]
					*r.Dump.CapturedAt = start.Add(time.Duration(i*31%100_003) * time.Minute)
					*r.Dump.UptimeSeconds = float64(i * 17 % 600_000)
					r.Hardware.BIOS = fmt.Sprint("bios ", i%c.machines%50)
					*r.Dump.Build = uint32(19041 + i%7)
					r.Hardware.Devices = r.Hardware.Devices[:0]
					for k := range 8 {
						r.Hardware.Devices = append(r.Hardware.Devices, devices[(i%c.machines+k*k)*7%len(devices)])
					}
					t.Add(r)
				}
				if len(t.dumps) != 1_000_000 {
					b.Fatal(len(t.dumps))
				}
				t.List()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.Sys)/(1<<20), "MiB")
				runtime.KeepAlive(&t)
			}
		})
	}
}
