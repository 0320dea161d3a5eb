// Package symstore finds the images and PDBs that a dump names: in the local places of a symbol path, and, only where [Path.Fetch] is
// called, on its servers. It is the one package that may use the network.
//
// # The symbol path
//
// [ParsePath] reads the grammar of _NT_SYMBOL_PATH, as the debuggers of Windows do: elements with semicolons between them, looked
// through from left to right. Spaces around elements and tokens do not count, nor do empty elements, nor the letter case of keywords.
//
//	C:\symbols                    a folder: the file itself, or one that is laid out as a store
//	https://server/path           the same as srv* with that server
//	srv*A*B*https://server/path   a chain of stores, the nearest first; a server can only be the last
//	symsrv*symsrv.dll*A*B*...     the same, in full
//	cache*A                       a store ahead of every chain to the right of it, which Fetch fills instead of theirs
//
// An empty token is the default store ([DefaultStore]): srv**https://server, srv*C:\symbols* and cache*. A chain that has a server alone
// and no cache* ahead of it uses the default store too. The bare srv* is the default store and Microsoft's public server.
//
// Folders of Windows, with a drive letter or a backslash, do not exist on other systems: they are passed over there, so that a path
// can be used as it is. Any other path is one of this system. Quotation marks around a token do not count, and ~/ is the user's folder; a token that
// begins with a variable of a shell, or is meant as an address and is none, is an error.
//
// Addresses can have passwords and keys in them. [Path.String] has them, for the next ParsePath; errors, and all that is to be shown, are [Redacted].
//
// # Stores
//
// A store keeps a file in name/key/name, where the key is made of what identifies the file (see [ID]). The last letter of the name is _ where
// the file is compressed in a cabinet, and a file.ptr says where else the file is, or why it is not there: in a store by a path of this
// machine, on a server by an address alone. A store that has an index2.txt has the first two letters of the name as a folder ahead of that.
// Letter case is ignored, on every file system.
//
// No file is believed because of where it is. An image must have the time stamp and the size in its header, a PDB the GUID and the age;
// what has others, or is nothing of the kind, is passed over, and the error says so. Two ages are in a PDB. The linker writes that of the
// debug information (the DBI stream) into the image; the other one counts every later change of the file, such as by a tool that
// indexes sources, which leaves the image as it is. Symbol servers go by the first one, so either is accepted.
//
// # Servers
//
// [Path.Open] never uses a server. [Path.Fetch] asks for the same paths as there are in a store: the file, the cabinet, file.ptr, and those by
// two tiers if the server has an index2.txt. Many a web server tells letter case apart: where it says that there is nothing, it is asked with the name in
// lower case, and with name and key. Every request says who asks (User-Agent: Microsoft-Symbol-Server/10.0 (dmplens)), as some servers answer
// others with a page for people. That there is no file (404, 410) is an answer. Any other failure is one of the server, which the
// error tells apart; what can pass (5xx, 408, 429, broken transfers, a server that sends nothing for 30 seconds) is tried four times, and a server
// that cannot be reached, or fails in all tries, is not asked for the next file. Proxies are those of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). A
// redirect may not lead from https to http.
//
// Sources of these facts: Microsoft's "Advanced SymSrv Use", "Symbol Storage Format" and "SymStore", the public clients of symbol servers,
// and real stores.
package symstore
