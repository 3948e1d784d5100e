// Judges a bundle in the fixed order of section 16, without I/O.
using System.Security.Cryptography;

namespace Moderation.Evidence;

/// <summary>
/// Steps B-E of section 16 (A is <see cref="BundleHead"/>, F is <see cref="SegmentVerifier"/>). A caller runs
/// <see cref="ReadEnvelope"/>, looks the device up, runs <see cref="Authenticate"/>, applies the retry rule of section 14,
/// loads the facts, then runs <see cref="CheckFreshness"/> and <see cref="CheckStructure"/>.
/// </summary>
public static class BundleVerifier
{
    private static readonly byte[] Zeros = new byte[32];

    /// <summary>B1: the manifest is a COSE_Sign1 of the exact form. Its Kid tells which device to look up.</summary>
    public static Verdict<CoseSign1> ReadEnvelope(ReadOnlyMemory<byte> manifest) =>
        CoseSign1.Parse(manifest, CoseContentTypes.Manifest) is { } envelope
            ? envelope
            : new EvidenceRefusal(EvidenceCodes.ManifestEnvelope);

    /// <summary>B2-B5 and C1-C7.</summary>
    /// <param name="head">The head part.</param>
    /// <param name="envelope">Its manifest, from <see cref="ReadEnvelope"/>.</param>
    /// <param name="device">The registered device with the envelope's kid, or null.</param>
    public static Verdict<AuthenticManifest> Authenticate(BundleHead head, CoseSign1 envelope, RegisteredDevice? device)
    {
        if (CheckSignature(envelope, device?.Key) is { } refusal)
            return refusal;
        switch (device!.Status)
        {
            case DeviceStatus.Revoked:
                return new EvidenceRefusal(EvidenceCodes.DeviceRevoked, envelope.KidHex);
            case DeviceStatus.Frozen:
                return new EvidenceRefusal(EvidenceCodes.DeviceFrozen, envelope.KidHex);
        }
        if (!Manifest.Parse(envelope.Payload).Holds(out var manifest, out refusal))
            return refusal;
        if (manifest.SegmentCount != (ulong)head.SegmentCount)
            return new EvidenceRefusal(EvidenceCodes.HeaderMismatch);
        return new AuthenticManifest(envelope, manifest);
    }

    /// <summary>B1-B4 and C1-C6 with one key as the only registered one, as a court checks a disclosure (section 21).</summary>
    public static Verdict<AuthenticManifest> AuthenticateAlone(ReadOnlyMemory<byte> manifestBytes, CoseKey device)
    {
        if (!ReadEnvelope(manifestBytes).Holds(out var envelope, out var refusal))
            return refusal;
        var registered = device.Kid.SequenceEqual(envelope.Kid) ? device : null;
        if (CheckSignature(envelope, registered) is { } bad)
            return bad;
        return Manifest.Parse(envelope.Payload).Holds(out var manifest, out refusal)
            ? new AuthenticManifest(envelope, manifest)
            : refusal;
    }

    /// <summary>D1-D7. Null when all hold. evb1.counter-replayed and evb1.chain-fork mean: freeze the device.</summary>
    public static EvidenceRefusal? CheckFreshness(AuthenticManifest authentic, FreshnessFacts facts)
    {
        var manifest = authentic.Manifest;
        return CheckMeeting(manifest, facts)
            ?? CheckChallenge(authentic, facts)
            ?? CheckCustody(manifest, facts)
            ?? CheckChain(manifest, facts.Device);
    }

    /// <summary>
    /// D for the vault (V1): D2, D6 and D7 are replaced by the intake receipt for this content id, which is judged in
    /// the place of D2.
    /// </summary>
    public static EvidenceRefusal? CheckAccepted(
        AuthenticManifest authentic,
        FreshnessFacts facts,
        ReadOnlyMemory<byte> intakeReceipt,
        CoseKey intakeKey
    ) =>
        CheckMeeting(authentic.Manifest, facts)
        ?? IntakeReceipt.Verify(intakeReceipt, intakeKey, authentic.ContentId).Refusal
        ?? CheckCustody(authentic.Manifest, facts);

    /// <summary>E1-E8.</summary>
    /// <param name="head">The head part.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="relays">Relay keys valid for the meeting.</param>
    public static Verdict<BundleStructure> CheckStructure(
        BundleHead head,
        Manifest manifest,
        IReadOnlyList<CoseKey> relays
    )
    {
        if (!CheckTable(head, manifest).Holds(out var table, out var refusal))
            return refusal;
        return RelayReceipt.VerifyAll(table.Receipts, relays, manifest.Meeting).Holds(out var verified, out refusal)
            ? new BundleStructure(table.Rows, table.Descriptors, verified)
            : refusal;
    }

    /// <summary>E1-E7: all of E that needs no relay key.</summary>
    internal static Verdict<BundleTable> CheckTable(BundleHead head, Manifest manifest)
    {
        if (head.ReadRows() is not { } rows)
            return new EvidenceRefusal(EvidenceCodes.TableMalformed);

        var descriptors = new Descriptor[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            if (Descriptor.Parse(rows[i]) is not { } descriptor)
                return new EvidenceRefusal(EvidenceCodes.DescriptorMalformed, $"Row {i}.");
            descriptors[i] = descriptor;
        }

        if (!MerkleTree.Root(rows).AsSpan().SequenceEqual(manifest.Root))
            return new EvidenceRefusal(EvidenceCodes.MerkleRoot);
        if (!SHA256.HashData(head.Receipts.Span).AsSpan().SequenceEqual(manifest.ReceiptsHash))
            return new EvidenceRefusal(EvidenceCodes.ReceiptsHash);
        if (head.ReadReceipts() is not { } receipts)
            return new EvidenceRefusal(EvidenceCodes.ReceiptsRegion);

        for (var i = 0; i < descriptors.Length; i++)
            if (!DescriptorRules.Hold(descriptors[i], i, manifest, receipts.Count))
                return new EvidenceRefusal(EvidenceCodes.DescriptorInvalid, $"Row {i}.");

        var total = descriptors.Aggregate(0UL, (sum, descriptor) => sum + descriptor.CiphertextLength);
        if (total != manifest.TotalCiphertext)
            return new EvidenceRefusal(EvidenceCodes.TotalMismatch);
        return new BundleTable(rows, descriptors, receipts);
    }

    private static EvidenceRefusal? CheckSignature(CoseSign1 envelope, CoseKey? device)
    {
        if (device is null)
            return new EvidenceRefusal(EvidenceCodes.UnknownDevice, envelope.KidHex);
        if (envelope.Algorithm != (long)device.Algorithm)
            return new EvidenceRefusal(EvidenceCodes.ManifestAlgorithm, $"alg {envelope.Algorithm}.");
        return envelope.Verify(device, CoseLabels.Manifest)
            ? null
            : new EvidenceRefusal(EvidenceCodes.ManifestSignature, envelope.KidHex);
    }

    // D1.
    private static EvidenceRefusal? CheckMeeting(Manifest manifest, FreshnessFacts facts)
    {
        if (facts.Meeting is null)
            return new EvidenceRefusal(EvidenceCodes.MeetingUnknown);
        return facts.Meeting.Hosts.Any(host => host.AsSpan().SequenceEqual(manifest.Reporter))
            ? null
            : new EvidenceRefusal(EvidenceCodes.ReporterNotHost);
    }

    // D2, in the order the specification gives.
    private static EvidenceRefusal? CheckChallenge(AuthenticManifest authentic, FreshnessFacts facts)
    {
        if (facts.Challenge is not { } challenge)
            return new EvidenceRefusal(EvidenceCodes.ChallengeUnknown);
        if (
            !challenge.DeviceKid.AsSpan().SequenceEqual(authentic.DeviceKid)
            || !challenge.Meeting.AsSpan().SequenceEqual(authentic.Manifest.Meeting)
            || !challenge.Reporter.AsSpan().SequenceEqual(authentic.Manifest.Reporter)
        )
            return new EvidenceRefusal(EvidenceCodes.ChallengeMismatch);
        if (challenge.Used)
            return new EvidenceRefusal(EvidenceCodes.ChallengeUsed);
        return facts.NowMs > challenge.ExpiresMs ? new EvidenceRefusal(EvidenceCodes.ChallengeExpired) : null;
    }

    // D3-D5.
    private static EvidenceRefusal? CheckCustody(Manifest manifest, FreshnessFacts facts)
    {
        if (!manifest.DeviceCertificate.AsSpan().SequenceEqual(facts.Device.CertificateHash))
            return new EvidenceRefusal(EvidenceCodes.DeviceCertificate);
        var isCheckpointGood = facts.KeyCheckpoints is { } known
            ? known.Any(body => body.AsSpan().SequenceEqual(manifest.KeyCheckpoint))
                && !manifest.KeyCheckpoint.AsSpan().SequenceEqual(Zeros)
            : manifest.KeyCheckpoint.AsSpan().SequenceEqual(Zeros);
        if (!isCheckpointGood)
            return new EvidenceRefusal(EvidenceCodes.KeyCheckpoint);
        var areRecipientsGood =
            manifest.Recipients.Count == 2
            && manifest.Recipients.All(wrap =>
                facts.Recipients.Any(key =>
                    key.Role == wrap.Role && key.Kem == wrap.Kem && key.Kid.AsSpan().SequenceEqual(wrap.Kid)
                )
            );
        return areRecipientsGood ? null : new EvidenceRefusal(EvidenceCodes.RecipientPolicy);
    }

    // D6, D7.
    private static EvidenceRefusal? CheckChain(Manifest manifest, RegisteredDevice device)
    {
        if (manifest.Counter <= device.LastCounter)
            return new EvidenceRefusal(EvidenceCodes.CounterReplayed);
        return manifest.Previous.AsSpan().SequenceEqual(device.LastContentId)
            ? null
            : new EvidenceRefusal(EvidenceCodes.ChainFork);
    }
}

/// <summary>A manifest whose signature and payload passed B1-C7.</summary>
/// <param name="Envelope">The COSE_Sign1 as received.</param>
/// <param name="Manifest">Its payload.</param>
public sealed record AuthenticManifest(CoseSign1 Envelope, Manifest Manifest)
{
    /// <summary>SHA-256 of the payload: the report's identity.</summary>
    public byte[] ContentId { get; } = Manifest.ContentIdOf(Envelope.Payload.Span);

    /// <summary>The device that signed.</summary>
    public byte[] DeviceKid => Envelope.Kid;
}

/// <summary>Table and receipts of a bundle that passed step E.</summary>
/// <param name="Rows">The descriptor bytes as they stand in the table: the leaves of the tree.</param>
/// <param name="Descriptors">The same, read.</param>
/// <param name="Receipts">The relay receipts.</param>
public sealed record BundleStructure(
    IReadOnlyList<ReadOnlyMemory<byte>> Rows,
    IReadOnlyList<Descriptor> Descriptors,
    IReadOnlyList<RelayReceipt> Receipts
);

/// <summary>Table and receipts that passed E1-E7; the receipts are bytes nobody has checked yet.</summary>
internal sealed record BundleTable(
    IReadOnlyList<ReadOnlyMemory<byte>> Rows,
    IReadOnlyList<Descriptor> Descriptors,
    IReadOnlyList<ReadOnlyMemory<byte>> Receipts
);
