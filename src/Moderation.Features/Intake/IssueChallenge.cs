// Gives a device 32 random bytes that one manifest must answer: POST /v1/reports/challenges.
using System.Security.Claims;
using System.Security.Cryptography;
using FluentValidation;
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

public static class IssueChallenge
{
    // evidence-bundle.md 14.
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    public sealed class Validator : AbstractValidator<ChallengeRequest>
    {
        public Validator()
        {
            RuleFor(r => r.DeviceKid)
                .Must(text => Bytes.TryRead(text, 32, out _))
                .WithMessage("base64url of 32 bytes.");
            RuleFor(r => r.Meeting).Must(text => Bytes.TryRead(text, 16, out _)).WithMessage("base64url of 16 bytes.");
            RuleFor(r => r.Reporter).Must(text => Bytes.TryRead(text, 16, out _)).WithMessage("base64url of 16 bytes.");
        }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reports/challenges", PostAsync)
            .Validate<ChallengeRequest>()
            .RequireAuthorization(Policies.Host)
            .WithSummary("Ask for a challenge, which one report may answer within 15 minutes");

    private static async Task<Results<Created<ChallengeResponse>, ProblemHttpResult>> PostAsync(
        ChallengeRequest request,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(request, caller.Account(), ct);
        return outcome.Match<Results<Created<ChallengeResponse>, ProblemHttpResult>>(
            challenge => TypedResults.Created((string?)null, challenge),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, ModerationKeys keys, IntakeLimits limits, TimeProvider clock)
    {
        public async Task<Outcome<ChallengeResponse>> HandleAsync(
            ChallengeRequest request,
            AccountId account,
            CancellationToken ct
        )
        {
            Bytes.TryRead(request.DeviceKid, out var kid);
            Bytes.TryRead(request.Meeting, out var uuid);
            Bytes.TryRead(request.Reporter, out var reporter);
            if (keys.ReadRecipients() is not { } recipients)
                return ReportRefusals.KeysUnavailable;

            await using var work = await db.Database.BeginTransactionAsync(ct);
            // Locked, so that requests at the same time count each other's challenges.
            var devices = await db
                .Devices.FromSql(
                    $"select *, xmin from devices where kid = {kid} and account_id = {account.Value} for update"
                )
                .AsNoTracking()
                .ToListAsync(ct);
            if (devices is not [var device])
                return new EvidenceRefusal(EvidenceCodes.UnknownDevice).ToRefusal();
            if (CodeOf(device.Status) is { } code)
                return new EvidenceRefusal(code).ToRefusal();
            if (await MeetingOfAsync(uuid, ct) is not { } meeting)
                return new EvidenceRefusal(EvidenceCodes.MeetingUnknown).ToRefusal();
            if (!await IsHostAsync(meeting, reporter, account, ct))
                return new EvidenceRefusal(EvidenceCodes.ReporterNotHost).ToRefusal();
            var now = clock.GetUtcNow();
            if (await CountOpenAsync(kid, now, ct) >= limits.OpenChallenges)
                return ReportRefusals.TooManyChallenges;

            var challenge = new Challenge
            {
                Value = RandomNumberGenerator.GetBytes(32),
                DeviceKid = kid,
                MeetingId = meeting,
                Reporter = reporter,
                ExpiresAt = now + Life,
            };
            db.Challenges.Add(challenge);
            await db.SaveChangesAsync(ct);
            await work.CommitAsync(ct);
            return new ChallengeResponse(
                Bytes.ToText(challenge.Value),
                challenge.ExpiresAt,
                device.LastCounter,
                Bytes.ToText(device.LastContentId),
                Bytes.ToText(recipients.Bytes),
                KeyCheckpoint: null
            );
        }

        private static string? CodeOf(DeviceStatus status) =>
            status switch
            {
                DeviceStatus.Revoked => EvidenceCodes.DeviceRevoked,
                DeviceStatus.Frozen => EvidenceCodes.DeviceFrozen,
                _ => null,
            };

        private async Task<MeetingId?> MeetingOfAsync(byte[] uuid, CancellationToken ct) =>
            await db.Meetings.Where(m => m.MeetingUuid == uuid).Select(m => (MeetingId?)m.Id).SingleOrDefaultAsync(ct);

        // The pseudonym must be the caller's own: a host cannot report in another host's name.
        private Task<bool> IsHostAsync(MeetingId meeting, byte[] reporter, AccountId account, CancellationToken ct) =>
            db.Participants.AnyAsync(
                p => p.MeetingId == meeting && p.Pseudonym == reporter && p.AccountId == account && p.WasHost,
                ct
            );

        private Task<int> CountOpenAsync(byte[] kid, DateTimeOffset now, CancellationToken ct) =>
            db.Challenges.CountAsync(c => c.DeviceKid == kid && c.UsedAt == null && c.ExpiresAt >= now, ct);
    }
}
