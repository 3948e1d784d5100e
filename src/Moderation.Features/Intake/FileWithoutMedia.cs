// Takes in a signed filing that is the whole report, with no evidence: POST /v1/filings. It is in triage at once.
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Intake;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;
using DeviceStatus = Moderation.Domain.Accounts.DeviceStatus;

namespace Moderation.Features.Intake;

public static class FileWithoutMedia
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/filings", PostAsync)
            .RequireAuthorization(Policies.Host)
            .WithSummary("File a report without evidence: who is reported and why, as a COSE_Sign1 of the device");

    private static async Task<Results<Created<FilingAccepted>, Ok<FilingAccepted>, ProblemHttpResult>> PostAsync(
        HttpRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var (bytes, problem) = await FilingBody.ReadAsync(request, ct);
        if (problem is not null)
            return problem;
        var outcome = await handler.HandleAsync(bytes, caller.Account(), ct);
        return outcome.Match<Results<Created<FilingAccepted>, Ok<FilingAccepted>, ProblemHttpResult>>(
            filed =>
                filed.Fresh
                    ? TypedResults.Created($"/v1/reports/{filed.Report.ReportId}", filed.Report)
                    : TypedResults.Ok(filed.Report),
            refusal => refusal.ToProblem()
        );
    }

    public sealed record Filed(FilingAccepted Report, bool Fresh);

    public sealed class Handler(ModerationDb db, ModerationKeys keys, IntakeLimits limits, TimeProvider clock)
    {
        public async Task<Outcome<Filed>> HandleAsync(byte[] bytes, AccountId account, CancellationToken ct)
        {
            if (CoseSign1.Parse(bytes, CoseContentTypes.Filing) is not { Kid: var kid })
                return ReportRefusals.FilingInvalid("It is no signed object of the form of evidence-bundle.md 11.");
            // Another account's device is as good as none.
            var device = await db
                .Devices.AsNoTracking()
                .SingleOrDefaultAsync(d => d.Kid == kid && d.AccountId == account, ct);
            if (device is null)
                return Refuse(EvidenceCodes.UnknownDevice);
            if (device.Status != DeviceStatus.Active)
                return Refuse(
                    device.Status == DeviceStatus.Frozen ? EvidenceCodes.DeviceFrozen : EvidenceCodes.DeviceRevoked
                );
            var judged = FilingCheck.JudgeAlone(bytes, device);
            if (judged.Refusal is { } refusal)
                return refusal;
            var alone = judged.Value;
            var contentId = SHA256.HashData(alone.Filing.Envelope.Payload.Span);
            if (await FindAsync(contentId, kid, ct) is { } known)
                return new Filed(known, Fresh: false);
            return await StoreAsync(bytes, alone, contentId, device, ct);
        }

        // Consuming the challenge, the report, its cases and their events: one transaction (triage.md 3.2).
        private async Task<Outcome<Filed>> StoreAsync(
            byte[] bytes,
            FilingAlone alone,
            byte[] contentId,
            Device device,
            CancellationToken ct
        )
        {
            var now = clock.GetUtcNow();
            if (await limits.HasFiledTooMuchAsync(db, device.Kid, now, ct))
                return ReportRefusals.TooManyReports;
            var uuid = alone.Meeting;
            var meeting = await db
                .Meetings.Where(m => m.MeetingUuid == uuid)
                .Select(m => (MeetingId?)m.Id)
                .SingleOrDefaultAsync(ct);
            if (meeting is not { } known)
                return Refuse(EvidenceCodes.MeetingUnknown);
            // Only the caller's own pseudonym: nobody reports in another host's name.
            var reporter = alone.Reporter;
            if (
                !await db.Participants.AnyAsync(
                    p =>
                        p.MeetingId == known && p.Pseudonym == reporter && p.AccountId == device.AccountId && p.WasHost,
                    ct
                )
            )
                return Refuse(EvidenceCodes.ReporterNotHost);

            await using var work = await db.Database.BeginTransactionAsync(ct);
            var challenge = await LockChallengeAsync(alone.Challenge, ct);
            // The repeat that waited for the lock finds what the first has stored.
            if (await FindAsync(contentId, device.Kid, ct) is { } raced)
                return new Filed(raced, Fresh: false);
            if (CodeOf(challenge, device.Kid, known, reporter, now) is { } stale)
                return Refuse(stale);
            challenge!.UsedAt = now;
            var report = ReportOf(bytes, alone, contentId, device, known, now);
            db.Reports.Add(report);
            var filing = alone.Filing;
            await EnterTriage.AdmitAsync(
                db,
                report,
                filing.Reason,
                filing.Subjects,
                device.AccountId.ToString(),
                now,
                ct
            );
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return new Filed(ShapeOf(report.Id, contentId, report.State, report.IntakeReceipt!), Fresh: true);
        }

        private Report ReportOf(
            byte[] bytes,
            FilingAlone alone,
            byte[] contentId,
            Device device,
            MeetingId meeting,
            DateTimeOffset now
        )
        {
            var report = new Report
            {
                Id = ReportId.New(now),
                ContentId = contentId,
                DeviceKid = device.Kid,
                ReporterId = device.AccountId,
                MeetingId = meeting,
                Reporter = alone.Reporter,
                Reason = alone.Filing.Reason.Number,
                HeadPart = [],
                SegmentCount = 0,
                // The device's counter and chain are of manifests alone (evidence-bundle.md 5.4).
                Counter = 0,
                WindowStartMs = 0,
                WindowEndMs = 0,
                FiledAt = now,
                Filing = bytes,
                FilingAt = now,
                CompletedAt = now,
            };
            // There is nothing to wait for: it is complete when it is stored (triage.md 2.2).
            if (report.Make(ReportMove.Complete).Refusal is { } refusal)
                throw new InvalidOperationException(refusal.Code);
            report.IntakeReceipt = new IntakeReceipt(
                report.Id.Value.ToByteArray(bigEndian: true),
                contentId,
                (ulong)now.ToUnixTimeMilliseconds(),
                new byte[32]
            ).Sign(keys.Receipt);
            return report;
        }

        private async Task<Challenge?> LockChallengeAsync(byte[] value, CancellationToken ct)
        {
            var rows = await db
                .Challenges.FromSql($"select *, xmin from challenges where value = {value} for update")
                .AsTracking()
                .ToListAsync(ct);
            return rows.SingleOrDefault();
        }

        // Step D2 of evidence-bundle.md 16, in its order.
        private static string? CodeOf(
            Challenge? challenge,
            byte[] kid,
            MeetingId meeting,
            byte[] reporter,
            DateTimeOffset now
        ) =>
            challenge is null ? EvidenceCodes.ChallengeUnknown
            : !challenge.DeviceKid.AsSpan().SequenceEqual(kid)
            || challenge.MeetingId != meeting
            || !challenge.Reporter.AsSpan().SequenceEqual(reporter)
                ? EvidenceCodes.ChallengeMismatch
            : challenge.UsedAt is not null ? EvidenceCodes.ChallengeUsed
            : challenge.ExpiresAt < now ? EvidenceCodes.ChallengeExpired
            : null;

        private async Task<FilingAccepted?> FindAsync(byte[] contentId, byte[] kid, CancellationToken ct)
        {
            var found = await db
                .Reports.Where(r => r.ContentId == contentId && r.DeviceKid == kid)
                .Select(r => new
                {
                    r.Id,
                    r.State,
                    r.IntakeReceipt,
                })
                .SingleOrDefaultAsync(ct);
            return found is null ? null : ShapeOf(found.Id, contentId, found.State, found.IntakeReceipt!);
        }

        private static FilingAccepted ShapeOf(ReportId id, byte[] contentId, ReportState state, byte[] receipt) =>
            new(id.ToString(), Bytes.ToText(contentId), GetReport.StateText(state), Bytes.ToText(receipt));

        private static Refusal Refuse(string code) => new EvidenceRefusal(code).ToRefusal();
    }
}
