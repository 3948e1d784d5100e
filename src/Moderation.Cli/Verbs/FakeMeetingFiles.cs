// The half of `moderation fake-meeting` that needs no server: writes a bundle, whole or altered, and the keys to judge it by.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.Cli.Verbs;

/// <summary>Where an alteration goes, and so which check must find it.</summary>
public enum Tamper
{
    None,

    /// <summary>One bit of the last segment: evb1.segment-hash.</summary>
    Segment,

    /// <summary>One bit of the manifest's signature: evb1.manifest-signature.</summary>
    Signature,

    /// <summary>One bit of a ciphertext hash in the table: evb1.merkle-root.</summary>
    Table,
}

public static class FakeMeetingFiles
{
    public static async Task<FakeMeetingWritten> WriteAsync(
        FakeMeetingPlan plan,
        FakeSuite suite,
        Tamper tamper,
        string file,
        string keysFile,
        CancellationToken ct
    )
    {
        using var service = new OfflineService(suite, TimeProvider.System);
        using var receipts = CoseSigner.Generate();
        using var host = new ModerationHost(
            new ModerationHostOptions
            {
                Endpoint = new Uri("http://localhost"),
                GetToken = _ => ValueTask.FromResult("no-server"),
                DeviceSigner = service.Device,
                ConfigurationKey = service.ConfigurationKey,
                ReceiptKey = receipts.PublicKey,
                Window = plan.Window,
            },
            service
        );
        using var session = host.OpenMeeting(service.MeetingUuid, service.Host);
        var subject = RandomNumberGenerator.GetBytes(16);
        using var relay = CoseSigner.Generate();
        using var sfu = plan.Attested
            ? new SimulatedSfu(service.MeetingUuid, TimeProvider.System.GetUtcNow(), relay)
            : null;
        if (sfu is not null)
        {
            service.Relay = sfu.Relay;
            service.Relays.Add(sfu.PublicKey);
        }
        var other = RandomNumberGenerator.GetBytes(16);
        using var draft = FakeMeetingVerb.PlayAndFreeze(session, plan, subject, other, sfu);
        var bundle = await draft.SealAsync((uint)plan.Reason.Number, ct);
        var bytes = Altered(bundle, tamper);
        PrivateFile.Replace(file, bytes);
        PrivateFile.Replace(keysFile, service.KeysFile());
        return new FakeMeetingWritten(
            true,
            file,
            keysFile,
            Convert.ToHexStringLower(bundle.ContentId),
            Convert.ToHexStringLower(bundle.Manifest.Root),
            bundle.Segments.Count,
            bytes.Length,
            tamper == Tamper.None ? null : tamper.ToString().ToLowerInvariant()
        );
    }

    private static byte[] Altered(SealedBundle bundle, Tamper tamper)
    {
        var bytes = bundle.ToFile();
        var head = BundleHead.Parse(bundle.Head).Value;
        var tableAt = EvidenceLimits.Header + head.Manifest.Length;
        var at = tamper switch
        {
            Tamper.Segment => bytes.Length - 1,
            Tamper.Signature => tableAt - 1,
            Tamper.Table => tableAt + head.Table.Span.IndexOf(bundle.Descriptors[0].CiphertextHash),
            _ => -1,
        };
        if (at >= 0)
            bytes[at] ^= 1;
        return bytes;
    }
}

/// <summary>What was written.</summary>
public sealed record FakeMeetingWritten(
    bool Ok,
    string File,
    string Keys,
    string ContentId,
    string Root,
    int Segments,
    long Bytes,
    string? Tampered
);
