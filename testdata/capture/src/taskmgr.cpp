// The program that a user asks for a dump. Its names are made up.
#include "ntdll.h"

namespace LiveDump {
class Request {
public:
	__attribute__((noinline)) int Capture(void *file, unsigned flags);
	Control control;
	int status;
};

int Request::Capture(void *file, unsigned flags)
{
	control.Version = 1;
	control.BugCheckCode = 0x161;
	control.Parameters[0] = 0x5461736B6D6772;
	control.DumpFileHandle = file;
	control.Flags = flags;
	status = NtSystemDebugControl(37, &control, sizeof control, nullptr, 0, nullptr);
	return status;
}
}

extern "C" __attribute__((noinline)) unsigned WdcDumpThread(void *context)
{
	LiveDump::Request requests[3] = {};
	for (auto &r : requests)
		r.Capture(context, 8);
	return requests[0].status + requests[2].status;
}

extern "C" unsigned wWinMainCRTStartup(void *context) { return WdcDumpThread(context) + 1; }
