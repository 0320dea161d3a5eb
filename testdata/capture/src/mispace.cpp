// The provider of storage management, which captures a dump for its diagnostics.
#include "ntdll.h"

class CLogCollectionServer {
public:
	__declspec(dllexport) static unsigned long Run(void *server);
	__attribute__((noinline)) long CaptureLiveDump(const wchar_t *path, void *file);
	long result;
	void *file;
};

long CLogCollectionServer::CaptureLiveDump(const wchar_t *path, void *file)
{
	volatile wchar_t name[260];
	for (int i = 0; i < 259 && path[i]; i++)
		name[i] = path[i];
	Control control = {1, 0x161, {0}, file, 0, 0, 0};
	long status = NtSystemDebugControl(37, &control, sizeof control, nullptr, 0, nullptr);
	return status < 0 ? status + name[0] : status;
}

unsigned long CLogCollectionServer::Run(void *server)
{
	auto *self = static_cast<CLogCollectionServer *>(server);
	self->result = self->CaptureLiveDump(L"LiveDump.dmp", self->file);
	return self->result < 0;
}

extern "C" int DllMain(void *, unsigned, void *) { return 1; }
