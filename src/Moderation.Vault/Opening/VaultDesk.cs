// The vault: runs V1-V9 for one request of the API and answers with sealed keys or with one code (evidence-bundle.md 19.2).
using System.Reflection;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Vault.Registries;
using Moderation.Vault.Sockets;

namespace Moderation.Vault.Opening;

internal sealed class VaultDesk(
    LiveRegistry registry,
    VaultKeys keys,
    VaultStorage storage,
    CustodianLink custodian,
    RequestLog log,
    TimeProvider clock
) : IDisposable
{
    private readonly KeySealing sealing = new(keys, custodian, clock);

    // From the look at the releases left to their count, one request at a time: two must not share the last release.
    private readonly SemaphoreSlim one = new(1);

    internal async Task ServeAsync(Stream stream, CancellationToken ct)
    {
        var message = await MessageFrame.ReadAsync(stream, MessageFrame.VaultLimit, ct);
        if (message is null)
            return;
        if (VaultMessages.KindOf(message) == VaultRequestKind.Health)
        {
            await MessageFrame.WriteAsync(stream, VaultMessages.Encode(await HealthAsync(ct)), ct);
            return;
        }
        if (VaultMessages.KindOf(message) == VaultRequestKind.Destroy)
        {
            var outcome = await DestroyAsync(VaultDestruction.Decode(message), ct);
            var said = outcome.ValueOrNull ?? VaultAnswer.Refused(outcome.Refusal!.Code);
            await MessageFrame.WriteAsync(stream, VaultMessages.Encode(said), ct);
            return;
        }
        var started = clock.GetTimestamp();
        var opening = VaultMessages.DecodeOpening(message);
        var verdict = await AnswerAsync(stream, opening, ct);
        var answer = verdict.ValueOrNull ?? VaultAnswer.Refused(verdict.Refusal!.Code);
        await MessageFrame.WriteAsync(stream, VaultMessages.Encode(answer), ct);
        log.Line(
            opening.Kind == VaultRequestKind.Disclose ? "disclose" : "release",
            ("code", verdict.Refusal?.Code ?? "ok"),
            ("detail", $"\"{verdict.Refusal?.Detail}\""),
            ("case", opening.CaseId),
            ("segments", opening.Starts.Count),
            ("ms", (long)clock.GetElapsedTime(started).TotalMilliseconds)
        );
    }

    public void Dispose() => one.Dispose();

    private ulong NowMs => (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<VaultHealth> HealthAsync(CancellationToken ct) =>
        new(
            Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0",
            keys.Signing.PublicKey.Kid.ToArray(),
            keys.Recipients.Kids,
            await custodian.IsReachableAsync(ct),
            Hardening.Dumpable
        );

    private async Task<Verdict<VaultAnswer>> DestroyAsync(VaultDestruction asked, CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            return BundleDestruction.Destroy(storage, keys.Signing, asked, log, NowMs);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<Verdict<VaultAnswer>> AnswerAsync(Stream stream, VaultOpening opening, CancellationToken ct)
    {
        // V1
        if (!BundleCheck.CheckHead(registry.Now, opening, NowMs).Holds(out var bundle, out var refusal))
            return refusal;
        // Bundle and wraps are gone by record; that somebody brings them back from a backup changes nothing.
        if (storage.Destroyed.CertificateOf(bundle.Authentic.ContentId) is not null)
            return new EvidenceRefusal(EvidenceCodes.EvidenceDestroyed);
        if (!storage.Verified.Holds(bundle.Authentic.ContentId))
        {
            await MessageFrame.WriteAsync(stream, VaultMessages.Encode(VaultAnswer.NeedSegments), ct);
            refusal = await BundleCheck.CheckSegmentsAsync(stream, bundle.Structure.Descriptors, ct);
            if (refusal is not null)
                return refusal;
            storage.Verified.Add(
                bundle.Authentic.ContentId,
                bundle.Authentic.Manifest.Recipients.Select(wrap => wrap.Kid)
            );
        }
        await one.WaitAsync(ct);
        try
        {
            return await OpenAsync(bundle, opening, ct);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<Verdict<VaultAnswer>> OpenAsync(CheckedBundle bundle, VaultOpening opening, CancellationToken ct)
    {
        // V2
        var (known, now) = (registry.Now, NowMs);
        var manifest = bundle.Authentic.Manifest;
        var context = new OpeningContext(bundle.Authentic.ContentId, manifest.SegmentCount, opening.CaseId, now);
        if (!GrantChecks.CheckGrant(known, opening.Grant, context).Holds(out var grant, out var refusal))
            return refusal;
        if (CheckReleasesLeft(grant.Terms, opening.KeyRequest) is { } exhausted)
            return exhausted;

        // V3
        var forDisclosure = opening.Kind == VaultRequestKind.Disclose;
        if (
            !GrantChecks
                .CheckRequest(known, opening.KeyRequest, grant.Terms, forDisclosure, now)
                .Holds(out var signedRequest, out refusal)
        )
            return refusal;
        var request = signedRequest.Request;
        if (storage.Spent.WasAnswered(request.RequestId))
            return new EvidenceRefusal(EvidenceCodes.RequestReplayed);

        // V4
        var entry = OpeningEntry.Of(grant, request, now);
        try
        {
            storage.Openings.Append(entry.Encode());
            storage.Spent.Answer(request.RequestId);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new EvidenceRefusal(EvidenceCodes.LogUnavailable, fault.GetType().Name);
        }
        if (entry.Type == AuditEntryTypes.Emergency)
            log.Line("ALERT-emergency", ("grant", grant.Terms.GrantId), ("case", grant.Terms.CaseId));

        // V5-V9
        var order = new SealingOrder(bundle, opening, grant, request, [.. known.Relays.Values]);
        if (!(await sealing.SealAsync(order, ct)).Holds(out var signedObjects, out refusal))
            return refusal;
        try
        {
            // Counted before the answer leaves: a crash in between costs a release, never gives one away.
            storage.Spent.Count(grant.Terms.GrantId, request.Indices);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new EvidenceRefusal(EvidenceCodes.LogUnavailable, fault.GetType().Name);
        }
        return VaultAnswer.Done(signedObjects, entry.Encode());
    }

    // A request that is not of the form names no index; V3 refuses it.
    private EvidenceRefusal? CheckReleasesLeft(GrantTerms terms, byte[] keyRequest) =>
        KeyRequest.Parse(keyRequest).Holds(out var request, out _)
        && request.Request.Indices.Any(index => storage.Spent.Of(terms.GrantId, index) >= terms.Releases)
            ? new EvidenceRefusal(EvidenceCodes.GrantExhausted)
            : null;
}
