// Makes UUIDs of version 5, so that the same facts give the same id in every run (case-package.md CP-24, CP-39).
using System.Security.Cryptography;
using System.Text;

namespace Moderation.Domain.Legal;

public static class NameUuid
{
    public static Guid Of(Guid space, string name)
    {
#pragma warning disable CA5350 // RFC 9562 fixes SHA-1 for version 5; nothing rests on it being hard to collide.
        var hash = SHA1.HashData([.. space.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)]);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0f) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3f) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true);
    }
}
