// The signed head of a bundle: what was recorded, when, by whom, for whom (section 5).
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text;

namespace Moderation.Evidence;

/// <summary>The manifest payload, keys 1..21 of section 5. Times are milliseconds.</summary>
public sealed record Manifest
{
    /// <summary>The only suite of version 1 (section 26).</summary>
    public const ulong Suite = 1;

    public required byte[] BundleId { get; init; }
    public required byte[] Challenge { get; init; }
    public required byte[] Meeting { get; init; }
    public required byte[] Reporter { get; init; }
    public required ulong Counter { get; init; }

    /// <summary>Device clock, since 1970; not trusted.</summary>
    public required ulong Created { get; init; }

    /// <summary>Meeting clock.</summary>
    public required ulong WindowStart { get; init; }

    /// <summary>Meeting clock.</summary>
    public required ulong WindowEnd { get; init; }
    public required ulong Reason { get; init; }
    public required ulong SegmentCount { get; init; }
    public required byte[] Root { get; init; }
    public required ulong TotalCiphertext { get; init; }
    public required byte[] CekCommit { get; init; }
    public required IReadOnlyList<RecipientWrap> Recipients { get; init; }
    public required byte[] ReceiptsHash { get; init; }
    public required string Sdk { get; init; }
    public required byte[] DeviceCertificate { get; init; }
    public required byte[] KeyCheckpoint { get; init; }
    public required byte[] Previous { get; init; }

    /// <summary>SHA-256 of a manifest payload: the report's identity everywhere.</summary>
    public static byte[] ContentIdOf(ReadOnlySpan<byte> payload) => SHA256.HashData(payload);

    /// <summary>The deterministic payload bytes.</summary>
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(21);
            writer.Member(1, 1).Member(2, BundleId).Member(3, Suite).Member(4, Challenge).Member(5, Meeting);
            writer.Member(6, Reporter).Member(7, Counter).Member(8, Created).Member(9, WindowStart);
            writer.Member(10, WindowEnd).Member(11, Reason).Member(12, SegmentCount).Member(13, Root);
            writer.Member(14, TotalCiphertext).Member(15, CekCommit);
            writer.WriteInt32(16);
            writer.WriteStartArray(Recipients.Count);
            foreach (var wrap in Recipients)
                wrap.Write(writer);
            writer.WriteEndArray();
            writer.Member(17, ReceiptsHash);
            writer.WriteInt32(18);
            writer.WriteTextString(Sdk);
            writer.Member(19, DeviceCertificate).Member(20, KeyCheckpoint).Member(21, Previous);
            writer.WriteEndMap();
        });

    /// <summary>Reads a payload: steps C1-C6 of section 16, in that order.</summary>
    public static Verdict<Manifest> Parse(ReadOnlyMemory<byte> payload)
    {
        // C1 covers the encoding of the whole payload, so that a defect anywhere comes before the version.
        if (!CborForm.IsDeterministic(payload) || VersionOf(payload) is not { } version)
            return new EvidenceRefusal(EvidenceCodes.ManifestMalformed);
        if (version != 1)
            return new EvidenceRefusal(EvidenceCodes.UnsupportedVersion, $"Manifest version {version}.");
        if (CborForm.Read(payload, ReadMembers) is not { } members)
            return new EvidenceRefusal(EvidenceCodes.ManifestMalformed);
        if (members.Suite != Suite)
            return new EvidenceRefusal(EvidenceCodes.UnsupportedSuite, $"Suite {members.Suite}.");
        if (RecipientWrap.ParseAll(members.Recipients) is not { } recipients)
            return new EvidenceRefusal(EvidenceCodes.RecipientsMalformed);
        var manifest = members.Manifest with { Recipients = recipients };
        return manifest.IsWithinLimits ? manifest : new EvidenceRefusal(EvidenceCodes.LimitExceeded);
    }

    // C6.
    private bool IsWithinLimits =>
        Counter is >= 1 and <= EvidenceLimits.SafeInteger
        && Created <= EvidenceLimits.SafeInteger
        && WindowStart <= EvidenceLimits.SafeInteger
        && WindowEnd <= EvidenceLimits.SafeInteger
        && WindowStart <= WindowEnd
        && WindowEnd - WindowStart <= EvidenceLimits.Window
        && Reason <= uint.MaxValue
        && SegmentCount is >= 1 and <= EvidenceLimits.Segments
        && TotalCiphertext <= (ulong)EvidenceLimits.TotalCiphertext;

    private static ulong? VersionOf(ReadOnlyMemory<byte> payload)
    {
        var reader = CborForm.ReaderOf(payload);
        if (
            reader.PeekState() != CborReaderState.StartMap
            || reader.ReadStartMap() is 0
            || reader.PeekState() != CborReaderState.UnsignedInteger
            || reader.ReadUInt64() != 1
            || reader.PeekState() != CborReaderState.UnsignedInteger
        )
            return null;
        return reader.ReadUInt64();
    }

    private sealed record Members(ulong Suite, ReadOnlyMemory<byte> Recipients, Manifest Manifest);

    private static Members ReadMembers(CborReader reader)
    {
        reader.StartMap(21);
        var version = Uint(1);
        CborForm.Expect(version == 1);
        var bundleId = Bstr(2, 16);
        var suite = Uint(3);
        var challenge = Bstr(4, 32);
        var meeting = Bstr(5, 16);
        var reporter = Bstr(6, 16);
        var counter = Uint(7);
        var created = Uint(8);
        var windowStart = Uint(9);
        var windowEnd = Uint(10);
        var reason = Uint(11);
        var segmentCount = Uint(12);
        var root = Bstr(13, 32);
        var total = Uint(14);
        var commit = Bstr(15, 32);
        reader.Key(16);
        CborForm.Expect(reader.PeekState() == CborReaderState.StartArray);
        var recipients = reader.ReadEncodedValue();
        var receiptsHash = Bstr(17, 32);
        reader.Key(18);
        var sdk = reader.ReadTextString();
        CborForm.Expect(Encoding.UTF8.GetByteCount(sdk) is >= 1 and <= EvidenceLimits.SdkText);
        var certificate = Bstr(19, 32);
        var checkpoint = Bstr(20, 32);
        var previous = Bstr(21, 32);
        reader.ReadEndMap();
        return new Members(
            suite,
            recipients,
            new Manifest
            {
                BundleId = bundleId,
                Challenge = challenge,
                Meeting = meeting,
                Reporter = reporter,
                Counter = counter,
                Created = created,
                WindowStart = windowStart,
                WindowEnd = windowEnd,
                Reason = reason,
                SegmentCount = segmentCount,
                Root = root,
                TotalCiphertext = total,
                CekCommit = commit,
                Recipients = [],
                ReceiptsHash = receiptsHash,
                Sdk = sdk,
                DeviceCertificate = certificate,
                KeyCheckpoint = checkpoint,
                Previous = previous,
            }
        );

        ulong Uint(int key)
        {
            reader.Key(key);
            return reader.ReadUInt64();
        }

        byte[] Bstr(int key, int length)
        {
            reader.Key(key);
            return reader.Bytes(length);
        }
    }
}
