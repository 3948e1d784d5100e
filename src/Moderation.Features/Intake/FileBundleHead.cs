// Takes in the head part of a bundle, judges it and creates the report: POST /v1/reports.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;
using DeviceStatus = Moderation.Domain.Accounts.DeviceStatus;

namespace Moderation.Features.Intake;

public static class FileBundleHead
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reports", PostAsync)
            .WithMetadata(new RequestSizeLimitAttribute(EvidenceLimits.HeadPart + 1))
            .RequireAuthorization(Policies.Host)
            .WithSummary("File the head part of a bundle: header, manifest, table, receipts");

    private static async Task<Results<Created<ReportAccepted>, Ok<ReportAccepted>, ProblemHttpResult>> PostAsync(
        HttpRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var type = request.GetTypedHeaders().ContentType?.MediaType.Value;
        if (!string.Equals(type, CoseContentTypes.Bundle, StringComparison.OrdinalIgnoreCase))
            return Problems.Of(415, "request.unsupported-media-type", $"Send {CoseContentTypes.Bundle}.");
        if (!(await ReadAsync(request, ct)).Holds(out var head, out var refused))
            return handler.Refuse(refused).ToProblem();
        var outcome = await handler.HandleAsync(head, caller.Account(), ct);
        return outcome.Match<Results<Created<ReportAccepted>, Ok<ReportAccepted>, ProblemHttpResult>>(
            filed =>
                filed.Fresh
                    ? TypedResults.Created($"/v1/reports/{filed.Report.ReportId}", filed.Report)
                    : TypedResults.Ok(filed.Report),
            refusal => refusal.ToProblem()
        );
    }

    // The header says how much there is to read, and is judged before a byte more is held in memory.
    private static async Task<Verdict<BundleHead>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > EvidenceLimits.HeadPart)
            return new EvidenceRefusal(EvidenceCodes.LimitExceeded, "Content-Length.");
        var header = new byte[EvidenceLimits.Header];
        var got = await request.Body.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, ct);
        if (BundleHead.ReadLength(header.AsSpan(0, got), out var length) is { } refusal)
            return refusal;
        var bytes = new byte[length];
        header.CopyTo(bytes, 0);
        var rest = bytes.AsMemory(header.Length);
        got += await request.Body.ReadAtLeastAsync(rest, rest.Length, throwOnEndOfStream: false, ct);
        if (got == length && await request.Body.ReadAsync(header.AsMemory(0, 1), ct) > 0)
            return new EvidenceRefusal(EvidenceCodes.TrailingBytes);
        return BundleHead.ParseExact(bytes.AsMemory(0, got));
    }

    public sealed record Filed(ReportAccepted Report, bool Fresh);

    public sealed class Handler(
        ModerationDb db,
        ModerationKeys keys,
        IntakeLimits limits,
        ILogger<Handler> log,
        TimeProvider clock
    )
    {
        private const int MostAttempts = 5;

        public async Task<Outcome<Filed>> HandleAsync(BundleHead head, AccountId account, CancellationToken ct)
        {
            // Whoever loses a race over a challenge or a device judges again, against what the winner has written.
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    if (await TryFileAsync(head, account, ct) is { } outcome)
                        return outcome;
                }
                catch (DbUpdateConcurrencyException) when (attempt < MostAttempts)
                {
                    db.ChangeTracker.Clear();
                }
                if (attempt == MostAttempts)
                    throw new InvalidOperationException("A report could not be filed in several attempts.");
            }
        }

        public Refusal Refuse(EvidenceRefusal refusal)
        {
            log.LogInformation("Intake refused {Code}", refusal.Code);
            return refusal.ToRefusal();
        }

        // Null when the same bundle was stored by another request in the same moment.
        private async Task<Outcome<Filed>?> TryFileAsync(BundleHead head, AccountId account, CancellationToken ct)
        {
            if (!BundleVerifier.ReadEnvelope(head.Manifest).Holds(out var envelope, out var refusal))
                return Refuse(refusal);
            var kid = envelope.Kid;
            // Another account's device is as good as none.
            var device = await db.Devices.SingleOrDefaultAsync(d => d.Kid == kid && d.AccountId == account, ct);
            var registered = device is null ? null : VerificationRows.Read(device);
            if (!BundleVerifier.Authenticate(head, envelope, registered).Holds(out var authentic, out refusal))
                return Refuse(refusal);
            if (await FindAsync(authentic, ct) is { } known)
                return new Filed(known, Fresh: false);

            var now = clock.GetUtcNow();
            if (await limits.HasFiledTooMuchAsync(db, kid, now, ct))
                return ReportRefusals.TooManyReports;
            // Before any segment is read, and after the look for a repeat: who resumes an upload needs no new room.
            if (await limits.HasTooMuchOpenAsync(db, account, ct))
                return ReportRefusals.QuotaExceeded;
            if (keys.ReadRecipients() is not { } recipients)
                return ReportRefusals.KeysUnavailable;
            var context = await VerificationRows.ReadAsync(db, authentic.Manifest, account, ct);
            var facts = new FreshnessFacts
            {
                Device = registered!,
                Meeting = context.Meeting,
                Challenge = context.Issued,
                NowMs = (ulong)now.ToUnixTimeMilliseconds(),
                // No key log is configured yet, so key 20 is zeros (evidence-bundle.md 5.3).
                KeyCheckpoints = null,
                Recipients = recipients.Accepted,
            };
            if (BundleVerifier.CheckFreshness(authentic, facts) is { } stale)
            {
                // The challenge may have been used by this very bundle, between the look for it and this one.
                if (await FindAsync(authentic, ct) is { } raced)
                    return new Filed(raced, Fresh: false);
                return await RefuseStaleAsync(stale, device!, now, ct);
            }
            var verdict = BundleVerifier.CheckStructure(head, authentic.Manifest, context.Meeting!.Relays);
            if (!verdict.Holds(out var structure, out refusal))
                return Refuse(refusal);

            var report = Accept(head, authentic, structure, device!, context, now);
            // The content id is unique: of two equal requests one stores, and the other finds it.
            if (!await db.TrySaveAsync(ct))
                return null;
            return new Filed(ShapeOf(report, structure), Fresh: true);
        }

        // One SaveChanges, so one transaction: all of it or none (evidence-bundle.md 16).
        private Report Accept(
            BundleHead head,
            AuthenticManifest authentic,
            BundleStructure structure,
            Device device,
            VerificationRows context,
            DateTimeOffset now
        )
        {
            var manifest = authentic.Manifest;
            context.Challenge!.UsedAt = now;
            device.LastCounter = (long)manifest.Counter;
            device.LastContentId = authentic.ContentId;
            var report = new Report
            {
                Id = ReportId.New(now),
                ContentId = authentic.ContentId,
                DeviceKid = authentic.DeviceKid,
                ReporterId = device.AccountId,
                MeetingId = context.Challenge.MeetingId,
                Reporter = manifest.Reporter,
                Reason = (long)manifest.Reason,
                HeadPart = head.Bytes.ToArray(),
                SegmentCount = head.SegmentCount,
                Counter = (long)manifest.Counter,
                WindowStartMs = (long)manifest.WindowStart,
                WindowEndMs = (long)manifest.WindowEnd,
                FiledAt = now,
            };
            db.Reports.Add(report);
            db.ReportSegments.AddRange(structure.Descriptors.Select(d => SegmentOf(report.Id, d)));
            return report;
        }

        private static ReportSegment SegmentOf(ReportId report, Descriptor descriptor) =>
            new()
            {
                ReportId = report,
                Index = (int)descriptor.Index,
                Kind = (int)descriptor.Kind,
                Participant = descriptor.Participant,
                Stream = descriptor.Stream,
                StartMs = (long)descriptor.T0,
                DurationMs = descriptor.Duration,
                Content = (int)descriptor.Content,
                CiphertextLength = (int)descriptor.CiphertextLength,
                CiphertextHash = descriptor.CiphertextHash,
            };

        // A good signature and a good challenge, and still the wrong place in the chain: there are two of this device.
        private async Task<Outcome<Filed>> RefuseStaleAsync(
            EvidenceRefusal stale,
            Device device,
            DateTimeOffset now,
            CancellationToken ct
        )
        {
            if (stale.Code is EvidenceCodes.CounterReplayed or EvidenceCodes.ChainFork)
            {
                (device.Status, device.EndedAt) = (DeviceStatus.Frozen, now);
                var account = device.AccountId.ToString();
                db.Say(DeviceFrozen.Kind, new DeviceFrozen(account, Bytes.ToText(device.Kid), stale.Code), now).Actor =
                    account;
                await db.SaveChangesAsync(ct);
                log.LogWarning("A device was frozen: {Code}", stale.Code);
            }
            return Refuse(stale);
        }

        // The retry rule of evidence-bundle.md 14, applied after step C7.
        private async Task<ReportAccepted?> FindAsync(AuthenticManifest authentic, CancellationToken ct)
        {
            var (contentId, kid) = (authentic.ContentId, authentic.DeviceKid);
            var found = await db
                .Reports.Where(r => r.ContentId == contentId && r.DeviceKid == kid)
                .Select(r => new { r.Id, r.State })
                .SingleOrDefaultAsync(ct);
            return found is null
                ? null
                : new ReportAccepted(
                    found.Id.ToString(),
                    Bytes.ToText(contentId),
                    GetReport.StateText(found.State),
                    await GetReport.MissingAsync(db, found.Id, ct)
                );
        }

        private static ReportAccepted ShapeOf(Report report, BundleStructure structure) =>
            new(
                report.Id.ToString(),
                Bytes.ToText(report.ContentId),
                GetReport.StateText(report.State),
                [.. Enumerable.Range(0, structure.Descriptors.Count)]
            );
    }
}
