// Who is at the other end of a Unix socket, by the kernel's word (SO_PEERCRED).
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Moderation.Vault.Sockets;

internal readonly record struct PeerCredentials(int Process, uint User, uint Group)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    internal static PeerCredentials Of(Socket socket)
    {
        // struct ucred: pid, uid, gid, 32 bits each.
        Span<byte> answer = stackalloc byte[12];
        if (socket.GetRawSocketOption(SolSocket, SoPeerCred, answer) != answer.Length)
            throw new SocketException((int)SocketError.ProtocolOption);
        return new(
            MemoryMarshal.Read<int>(answer),
            MemoryMarshal.Read<uint>(answer[4..]),
            MemoryMarshal.Read<uint>(answer[8..])
        );
    }
}
