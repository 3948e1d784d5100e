// Judges device certificates by the key of the platform's device authority, where the deployment has one.
using Microsoft.Extensions.Configuration;
using Moderation.Evidence;

namespace Moderation.Features.Accounts;

public sealed class DeviceAuthority(IConfiguration configuration, TimeProvider clock)
{
    /// <summary>True when the authority named in `Keys:DeviceAuthority` signed it for this key, and it is valid now.</summary>
    public bool Vouches(ReadOnlyMemory<byte> certificate, CoseKey device)
    {
        if (configuration["Keys:DeviceAuthority"] is not { Length: > 0 } path || !File.Exists(path))
            return false;
        // One line: the hex of the COSE_Key. Read every time, so that a new authority needs no restart.
        if (CoseKey.Parse(Convert.FromHexString(File.ReadAllText(path).Trim())) is not { } authority)
            return false;
        var now = (ulong)clock.GetUtcNow().ToUnixTimeSeconds();
        return DeviceCertificate.Verify(certificate, authority) is { } read
            && read.Device.Kid.SequenceEqual(device.Kid)
            && read.NotBeforeSeconds <= now
            && now < read.ExpiresSeconds;
    }
}
