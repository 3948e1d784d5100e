// The custodian: verifies manifest, grant and request for itself, logs, then opens the wrap of role 2 (evidence-bundle.md 18).
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Custody;
using Moderation.Vault.Registries;
using Moderation.Vault.Sockets;
using Moderation.Vault.Storage;

namespace Moderation.Vault.Opening;

internal sealed class CustodianDesk(
    LiveRegistry registry,
    KeyShelf keys,
    OpeningLog openings,
    SpentReleases spent,
    RequestLog log,
    TimeProvider clock
) : IDisposable
{
    private const uint Role = 2;
    private readonly SemaphoreSlim one = new(1);

    internal async Task ServeAsync(Stream stream, CancellationToken ct)
    {
        var message = await MessageFrame.ReadAsync(stream, MessageFrame.CustodianLimit, ct);
        if (message is null)
            return; // the vault asked whether somebody is here
        var started = clock.GetTimestamp();
        await one.WaitAsync(ct);
        Verdict<byte[]> verdict;
        try
        {
            verdict = Share(message);
        }
        finally
        {
            one.Release();
        }
        await SendAsync(stream, verdict, ct);
        log.Line(
            "share",
            ("code", verdict.Refusal?.Code ?? "ok"),
            ("detail", $"\"{verdict.Refusal?.Detail}\""),
            ("ms", (long)clock.GetElapsedTime(started).TotalMilliseconds)
        );
    }

    public void Dispose() => one.Dispose();

    // The wire says no more than "refused" (19.2, V6); why stands in this process's own log.
    private static async Task SendAsync(Stream stream, Verdict<byte[]> verdict, CancellationToken ct)
    {
        var answer = verdict.Holds(out var share, out var refusal)
            ? new CustodianAnswer(share, null)
            : new CustodianAnswer(
                null,
                refusal.Code == EvidenceCodes.LogUnavailable ? refusal.Code : EvidenceCodes.CustodianRefused
            );
        var message = answer.Encode();
        try
        {
            await MessageFrame.WriteAsync(stream, message, ct);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
            CryptographicOperations.ZeroMemory(share);
        }
    }

    private Verdict<byte[]> Share(byte[] message)
    {
        if (CustodianRequest.Parse(message) is not { } asked)
            return new EvidenceRefusal(EvidenceCodes.CustodianRefused, "Not of the form.");
        if (CoseKey.Parse(asked.DeviceKey) is not { } device)
            return new EvidenceRefusal(EvidenceCodes.UnknownDevice);
        if (!BundleVerifier.AuthenticateAlone(asked.Manifest, device).Holds(out var authentic, out var refusal))
            return refusal;

        var known = registry.Now;
        var now = (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds();
        var context = new OpeningContext(authentic.ContentId, authentic.Manifest.SegmentCount, CaseId: null, now);
        if (!GrantChecks.CheckGrant(known, asked.Grant.ToArray(), context).Holds(out var grant, out refusal))
            return refusal;
        // The vault serves the route; here a grant's purpose alone says which one it must be.
        if (
            !GrantChecks
                .CheckRequest(known, asked.KeyRequest.ToArray(), grant.Terms, grant.Terms.IsForDisclosure, now)
                .Holds(out var request, out refusal)
        )
            return refusal;
        if (spent.WasAnswered(request.Request.RequestId))
            return new EvidenceRefusal(EvidenceCodes.RequestReplayed);
        try
        {
            openings.Append(OpeningEntry.Of(grant, request.Request, now).Encode());
            spent.Answer(request.Request.RequestId);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new EvidenceRefusal(EvidenceCodes.LogUnavailable, fault.GetType().Name);
        }
        return ShareOpening.Open(keys, authentic, Role);
    }
}
