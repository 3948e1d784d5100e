// Turns a frozen set into a sealed bundle for a fresh challenge, with the relay's receipts where it has them.
using Moderation.Evidence;
using Moderation.Sdk.Http;
using Moderation.Sdk.Ring;

namespace Moderation.Sdk;

/// <param name="held">Held by the caller until the seal is done.</param>
/// <param name="plan">What is to be sent, given the units that cannot be.</param>
internal sealed class DraftSealing(
    EvidenceSession session,
    FrozenUnits held,
    Func<IReadOnlyDictionary<FrozenUnit, uint>, List<PlannedSegment>> plan
)
{
    private const string Writer = "moderation-sdk-dotnet/0.1.0";

    // A KID that was open at the freeze closes with the next one; its receipt comes at the end of that window.
    private static readonly TimeSpan AskedFor = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan AskedEvery = TimeSpan.FromSeconds(2);
    private readonly ModerationHostOptions _options = session.Host.Options;
    private readonly SegmentSource _source = new(held, session.Meeting.Uuid);

    public static Dictionary<FrozenUnit, uint> Keyless(FrozenUnits frozen) =>
        frozen
            .Units.Where(unit => unit.Unit.Form == UnitForm.SFrame && unit.Unit.KeySlot < 0)
            .ToDictionary(unit => unit, _ => GapReason.Other);

    public async Task<SealedBundle> SealAsync(uint reason, ulong startMs, ulong endMs, CancellationToken ct)
    {
        // Whatever is not there to be sent is found before a challenge is spent.
        plan(Keyless(held));
        var challenge = await session.Host.Api.ChallengeAsync(
            _options.DeviceSigner.PublicKey.Kid.ToArray(),
            session.Meeting.Uuid,
            session.Meeting.Reporter,
            ct
        );
        if (!_options.Chain.Agrees(Convert.ToHexStringLower(challenge.LastContentId), challenge.LastCounter))
            throw ModerationClientException.ChainDiffers();
        var nowMs = (ulong)_options.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var keys =
            RecipientKeyList.Verify(challenge.RecipientKeys, _options.ConfigurationKey, nowMs)
            ?? throw ModerationClientException.RecipientKeys();
        var attestations = await AttestAsync(challenge.Challenge, ct);
        // Sealing is work for the processor; a caller on a thread of the user interface must not feel it.
        return await Task.Run(() => Seal(challenge, keys, attestations, reason, startMs, endMs), ct);
    }

    private SealedBundle Seal(
        OpenedChallenge challenge,
        RecipientKeyList keys,
        Dictionary<FrozenUnit, Attestation> attestations,
        uint reason,
        ulong startMs,
        ulong endMs
    )
    {
        var unsendable = Keyless(held);
        var receipts = new ReceiptsRegion();
        // Whether a unit can be sent, and as which kind, is decided before the table is written.
        foreach (var unit in held.Units.Where(unit => !unsendable.ContainsKey(unit)))
        {
            if (attestations.TryGetValue(unit, out var attestation))
            {
                using var attested = _source.Attested(unit, attestation);
                if (attested is not null && receipts.Add(attestation.Receipt, session.Meeting.Uuid))
                    continue;
                attestations.Remove(unit);
            }
            if (unit.Unit.Form == UnitForm.Ready)
                continue;
            using var asserted = _source.Asserted(unit);
            if (asserted is null)
                unsendable[unit] = GapReason.NeverReceived;
        }
        List<SegmentDraft> segments = [.. plan(unsendable).Select(s => Draft(s, attestations, receipts))];
        return BundleSealer.Seal(
            new BundleDraft
            {
                Challenge = challenge.Challenge,
                Meeting = session.Meeting.Uuid,
                Reporter = session.Meeting.Reporter,
                Counter = (ulong)challenge.LastCounter + 1,
                CreatedMs = (ulong)_options.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                WindowStart = startMs,
                WindowEnd = endMs,
                Reason = reason,
                Sdk = Writer,
                DeviceCertificate = _options.DeviceCertificateHash,
                Previous = challenge.LastContentId,
                Recipients = keys.ForSealing(),
                Segments = segments,
                Receipts = receipts.Receipts,
            },
            _options.DeviceSigner
        );
    }

    private SegmentDraft Draft(
        PlannedSegment planned,
        Dictionary<FrozenUnit, Attestation> attestations,
        ReceiptsRegion receipts
    )
    {
        var draft = new SegmentDraft
        {
            Kind = planned.Kind,
            Participant = Convert.FromHexString(planned.Participant),
            Stream = planned.Stream,
            T0 = planned.StartMs,
            Duration = planned.DurationMs,
            Content = planned.Content,
            Plaintext = planned.Plaintext,
        };
        if (planned.Unit is not { } unit)
            return draft;
        if (attestations.TryGetValue(unit, out var attestation))
            return draft with
            {
                Receipt = receipts.IndexOf(attestation.Receipt),
                Open = () => _source.Attested(unit, attestation)!,
            };
        return draft with
        {
            Kind = planned.Kind == SegmentKind.AttestedMedia ? SegmentKind.AssertedMedia : planned.Kind,
            Open = () => _source.Asserted(unit)!,
        };
    }

    // Asks for every KID with a key, and again for those without a receipt, for up to 12 s.
    private async Task<Dictionary<FrozenUnit, Attestation>> AttestAsync(byte[] challenge, CancellationToken ct)
    {
        Dictionary<FrozenUnit, Attestation> found = [];
        var keyless = Keyless(held);
        var planned = plan(keyless).Select(segment => segment.Unit).ToHashSet();
        var open = held.Units.Where(u => planned.Contains(u) && u.Unit.Form == UnitForm.SFrame).ToList();
        var end = _options.Clock.GetUtcNow() + AskedFor;
        while (open.Count > 0)
        {
            Attestation?[] answers;
            try
            {
                answers = await session.Host.Api.AttestationsAsync(
                    new AttestationQuery(challenge, [.. open.Select(SegmentSource.StreamKidOf)]),
                    ct
                );
            }
            // A platform whose relay makes no receipts: everything is sent as the host's own word.
            catch (ModerationApiException e) when (!HostApi.IsTransient(e.Status))
            {
                return found;
            }
            catch (ModerationApiException)
            {
                answers = new Attestation?[open.Count];
            }
            for (var i = open.Count - 1; i >= 0; i--)
            {
                if (answers[i] is not { } answer)
                    continue;
                found[open[i]] = answer;
                open.RemoveAt(i);
            }
            if (open.Count == 0 || _options.Clock.GetUtcNow() + AskedEvery > end)
                return found;
            await Task.Delay(AskedEvery, _options.Clock, ct);
        }
        return found;
    }
}
