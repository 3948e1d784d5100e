// The approval of one or two analysts that named segments may be opened (section 19.1).
using System.Formats.Cbor;
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>Why evidence is opened (grant key 6).</summary>
public enum GrantPurpose
{
    Triage = 1,
    SecondReview = 2,
    Appeal = 3,
    LegalDisclosure = 4,
    ChildSafetyReport = 5,
    Quality = 6,
    Emergency = 7,
}

/// <summary>What a grant allows: the payload every approval signs.</summary>
public sealed record GrantTerms
{
    /// <summary>16 random bytes.</summary>
    public required byte[] GrantId { get; init; }
    public required byte[] ContentId { get; init; }

    /// <summary>Ascending, no duplicate, 1 .. 2,048.</summary>
    public required IReadOnlyList<uint> Indices { get; init; }

    /// <summary>16 bytes; a Guid is written big-endian.</summary>
    public required byte[] CaseId { get; init; }
    public required GrantPurpose Purpose { get; init; }

    /// <summary>ms since 1970.</summary>
    public required ulong NotBeforeMs { get; init; }

    /// <summary>ms since 1970; at most 4 h after <see cref="NotBeforeMs"/>.</summary>
    public required ulong NotAfterMs { get; init; }

    /// <summary>Releases allowed per segment, 1 .. 16.</summary>
    public required uint Releases { get; init; }

    /// <summary>Approval-key kids of the analysts who may open, ascending, 1 .. 4.</summary>
    public required IReadOnlyList<byte[]> Openers { get; init; }

    /// <summary>Purposes 4 and 5 serve disclosure only, all others key release only (section 21).</summary>
    public bool IsForDisclosure => Purpose is GrantPurpose.LegalDisclosure or GrantPurpose.ChildSafetyReport;

    /// <summary>The payload bytes. Every approval of one grant must sign the very same ones.</summary>
    public byte[] Encode() =>
        CborForm.Write(writer =>
        {
            writer.WriteStartMap(10);
            writer.Member(1, 1).Member(2, GrantId).Member(3, ContentId).Member(4, Indices).Member(5, CaseId);
            writer.Member(6, (ulong)Purpose).Member(7, NotBeforeMs).Member(8, NotAfterMs).Member(9, Releases);
            writer.Member(10, Openers);
            writer.WriteEndMap();
        });

    /// <summary>Reads a payload; null for any defect.</summary>
    public static GrantTerms? Parse(ReadOnlyMemory<byte> payload) => CborForm.Read(payload, Read);

    private static GrantTerms Read(CborReader reader)
    {
        reader.StartMap(10);
        reader.Key(1);
        reader.Constant(1);
        reader.Key(2);
        var grantId = reader.Bytes(16);
        reader.Key(3);
        var contentId = reader.Bytes(32);
        reader.Key(4);
        var indices = reader.Indices();
        reader.Key(5);
        var caseId = reader.Bytes(16);
        reader.Key(6);
        var purpose = reader.ReadInt32();
        reader.Key(7);
        var notBefore = reader.ReadUInt64();
        reader.Key(8);
        var notAfter = reader.ReadUInt64();
        reader.Key(9);
        var releases = reader.ReadUInt32();
        reader.Key(10);
        var openers = reader.Hashes(most: 4);
        reader.ReadEndMap();
        CborForm.Expect(purpose is >= 1 and <= 7 && releases is >= 1 and <= 16 && openers.Length >= 1);
        CborForm.Expect(notBefore <= notAfter && notAfter - notBefore <= EvidenceLimits.GrantLife);
        for (var i = 1; i < openers.Length; i++)
            CborForm.Expect(openers[i].AsSpan().SequenceCompareTo(openers[i - 1]) > 0);
        return new GrantTerms
        {
            GrantId = grantId,
            ContentId = contentId,
            Indices = indices,
            CaseId = caseId,
            Purpose = (GrantPurpose)purpose,
            NotBeforeMs = notBefore,
            NotAfterMs = notAfter,
            Releases = releases,
            Openers = openers,
        };
    }
}

/// <summary>One or two approvals with the same payload. The quorum is the vault's policy, not checked here.</summary>
public sealed record Grant(GrantTerms Terms, IReadOnlyList<CoseSign1> Approvals, byte[] Hash)
{
    /// <summary>One analyst's approval: a COSE_Sign1 over the payload of <see cref="GrantTerms.Encode"/>.</summary>
    public static byte[] Approve(CoseSigner analyst, ReadOnlySpan<byte> terms) =>
        CoseSign1.Sign(analyst, CoseContentTypes.Grant, CoseLabels.Grant, terms);

    /// <summary>Puts one or two approvals together into the grant's bytes.</summary>
    public static byte[] Assemble(params IReadOnlyList<byte[]> approvals) =>
        CborForm.Write(writer =>
        {
            writer.WriteStartArray(approvals.Count);
            foreach (var approval in approvals)
                writer.WriteByteString(approval);
            writer.WriteEndArray();
        });

    /// <summary>The form of a grant (first part of V2); refuses with evb1.grant-malformed.</summary>
    public static Verdict<Grant> Parse(ReadOnlyMemory<byte> bytes)
    {
        var items = CborForm.Read(bytes, reader => reader.ByteStrings(most: 2, longest: EvidenceLimits.Table));
        if (items is null || items.Length == 0)
            return new EvidenceRefusal(EvidenceCodes.GrantMalformed);
        var approvals = new List<CoseSign1>();
        foreach (var item in items)
        {
            if (CoseSign1.Parse(item, CoseContentTypes.Grant) is not { } approval)
                return new EvidenceRefusal(EvidenceCodes.GrantMalformed);
            if (!approval.Payload.Span.SequenceEqual((approvals.FirstOrDefault() ?? approval).Payload.Span))
                return new EvidenceRefusal(EvidenceCodes.GrantMalformed, "The approvals differ.");
            approvals.Add(approval);
        }
        return GrantTerms.Parse(approvals[0].Payload) is { } terms
            ? new Grant(terms, approvals, SHA256.HashData(bytes.Span))
            : new EvidenceRefusal(EvidenceCodes.GrantMalformed);
    }

    /// <summary>Every approval is by a known approval key; refuses with evb1.grant-signature.</summary>
    /// <param name="keyOf">The approval key with this kid, or null.</param>
    public EvidenceRefusal? CheckSignatures(Func<byte[], CoseKey?> keyOf) =>
        Approvals.All(approval => keyOf(approval.Kid) is { } key && approval.Verify(key, CoseLabels.Grant))
            ? null
            : new EvidenceRefusal(EvidenceCodes.GrantSignature);

    /// <summary>Names this bundle and segments it has; refuses with evb1.grant-scope.</summary>
    public EvidenceRefusal? CheckScope(ReadOnlySpan<byte> contentId, ulong segmentCount) =>
        contentId.SequenceEqual(Terms.ContentId) && Terms.Indices[^1] < segmentCount
            ? null
            : new EvidenceRefusal(EvidenceCodes.GrantScope);

    /// <summary>Refuses with evb1.grant-expired outside not before .. not after.</summary>
    public EvidenceRefusal? CheckTime(ulong nowMs) =>
        Terms.NotBeforeMs <= nowMs && nowMs <= Terms.NotAfterMs
            ? null
            : new EvidenceRefusal(EvidenceCodes.GrantExpired);
}
