// V5-V9: both shares, the content key for a moment, each granted segment key sealed to its one reader.
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.Vault.Opening;

/// <summary>An opening that passed V1-V4.</summary>
internal sealed record SealingOrder(
    CheckedBundle Bundle,
    VaultOpening Opening,
    Grant Grant,
    KeyRequest Request,
    IReadOnlyList<CoseKey> Relays
);

internal sealed class KeySealing(VaultKeys keys, CustodianLink custodian, TimeProvider clock)
{
    private const uint Role = 1;

    /// <summary>The signed objects: a key release a requested index, or the one disclosure package.</summary>
    internal async Task<Verdict<byte[][]>> SealAsync(SealingOrder order, CancellationToken ct)
    {
        using var secrets = new OpeningSecrets();
        List<byte[]> segmentKeys = [];
        try
        {
            // V5
            var authentic = order.Bundle.Authentic;
            if (!ShareOpening.Open(keys.Recipients, authentic, Role).Holds(out var own, out var refusal))
                return refusal;
            secrets.TakeOwn(own);
            // V6
            var asked = new CustodianRequest(
                order.Bundle.Head.Manifest,
                order.Opening.Grant,
                order.Opening.KeyRequest,
                order.Opening.DeviceKey
            );
            if (!(await custodian.AskAsync(asked, ct)).Holds(out var theirs, out refusal))
                return refusal;
            secrets.TakeTheirs(theirs);
            // V7
            if (secrets.Combine(authentic.Manifest) is { } uncommitted)
                return uncommitted;
            // V8
            foreach (var index in order.Request.Indices)
            {
                var segmentKey = secrets.SegmentKey(authentic.Manifest.BundleId, index);
                segmentKeys.Add(segmentKey);
                if (!CommitmentHolds(order, index, segmentKey))
                    return new EvidenceRefusal(EvidenceCodes.KeyCommitment, $"Segment {index}.");
            }
            // V9
            return order.Opening.Kind == VaultRequestKind.Disclose
                ? Disclose(order, segmentKeys)
                : Release(order, segmentKeys);
        }
        finally
        {
            segmentKeys.ForEach(key => CryptographicOperations.ZeroMemory(key));
        }
    }

    private static bool CommitmentHolds(SealingOrder order, uint index, byte[] segmentKey)
    {
        var start = order.Opening.Starts.FirstOrDefault(start => start.Index == index);
        var context = SegmentKeys.SegmentContext(
            order.Bundle.Authentic.Manifest.BundleId,
            order.Bundle.Structure.Descriptors[(int)index]
        );
        return start is not null && Cobblestone256.KeyCommitmentHolds(segmentKey, context, start.Start);
    }

    private Verdict<byte[][]> Release(SealingOrder order, List<byte[]> segmentKeys)
    {
        var (structure, manifest) = (order.Bundle.Structure, order.Bundle.Authentic.Manifest);
        var releases = new byte[segmentKeys.Count][];
        for (var i = 0; i < releases.Length; i++)
        {
            var index = order.Request.Indices[i];
            var hasReceipt = structure.Descriptors[(int)index].Receipt >= 0;
            var release = new KeyRelease
            {
                GrantId = order.Grant.Terms.GrantId,
                BundleId = manifest.BundleId,
                ContentId = order.Bundle.Authentic.ContentId,
                Index = index,
                DescriptorHash = SHA256.HashData(structure.Rows[(int)index].Span),
                Recipient = order.Request.Recipient,
                RequestId = order.Request.RequestId,
                AuditLeaf = new byte[32], // 20.2, key 11: zeros, since no log with checkpoints is configured here
                ReleasedMs = NowMs,
            };
            var secret = new ReleasedSecret(segmentKeys[i], order.Bundle.Device, hasReceipt ? order.Relays : []);
            if (release.SealAndSign(secret, keys.Signing) is not { } signed)
                return new EvidenceRefusal(EvidenceCodes.RequestMalformed, "The recipient is no X25519 public key.");
            releases[i] = signed;
        }
        return releases;
    }

    private Verdict<byte[][]> Disclose(SealingOrder order, List<byte[]> segmentKeys)
    {
        if (DisclosureSealing.Seal(order, segmentKeys, keys.Signing, NowMs) is not { } package)
            return new EvidenceRefusal(EvidenceCodes.RequestMalformed, "The recipient is no X25519 public key.");
        return new[] { package };
    }

    private ulong NowMs => (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds();
}
