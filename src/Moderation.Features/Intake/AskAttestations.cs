// Fetches from the meeting's relay what it signed of a host's frames: POST /v1/reports/attestations.
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Meetings;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

public static class AskAttestations
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/v1/reports/attestations", PostAsync)
            .WithMetadata(new RequestSizeLimitAttribute(AttestationQuery.MostBytes))
            .RequireAuthorization(Policies.Host)
            .WithSummary("Ask the meeting's relay for receipts, leaves and frame hashes; the challenge stays good");

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> PostAsync(
        HttpRequest request,
        HttpResponse response,
        ClaimsPrincipal caller,
        Handler handler,
        CancellationToken ct
    )
    {
        var type = request.GetTypedHeaders().ContentType?.MediaType.Value;
        if (!string.Equals(type, AttestationQuery.MediaType, StringComparison.OrdinalIgnoreCase))
            return Problems.Of(415, "request.unsupported-media-type", $"Send {AttestationQuery.MediaType}.");
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        var outcome = await handler.HandleAsync(body.ToArray(), caller.Account(), ct);
        response.Headers.CacheControl = "no-store";
        return outcome.Match<Results<FileContentHttpResult, ProblemHttpResult>>(
            answer => TypedResults.Bytes(answer, AttestationQuery.MediaType),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(
        ModerationDb db,
        ModerationKeys keys,
        RelayDoor relays,
        IConfiguration configuration,
        ILogger<Handler> log,
        TimeProvider clock
    )
    {
        // A client asks every second or two for at most 12 s.
        private int MostAsked => configuration.GetValue("Intake:AttestationsPerChallenge", 16);

        public async Task<Outcome<byte[]>> HandleAsync(byte[] body, AccountId account, CancellationToken ct)
        {
            if (AttestationQuery.Parse(body) is not { } query)
                return ReportRefusals.AttestationsMalformed;
            var challenge = await FindAsync(query.Challenge, account, ct);
            if (challenge is null)
                return Refuse(EvidenceCodes.ChallengeUnknown);
            if (challenge.UsedAt is not null)
                return Refuse(EvidenceCodes.ChallengeUsed);
            if (challenge.ExpiresAt < clock.GetUtcNow())
                return Refuse(EvidenceCodes.ChallengeExpired);
            if (await RelayOfAsync(challenge.MeetingId, ct) is not { } relay)
                return ReportRefusals.NoRelay;
            if (!await CountAsync(query.Challenge, ct))
                return ReportRefusals.TooManyAttestations;

            var uuid = await db
                .Meetings.Where(m => m.Id == challenge.MeetingId)
                .Select(m => m.MeetingUuid)
                .SingleAsync(ct);
            var asked = (ulong)clock.GetUtcNow().ToUnixTimeMilliseconds();
            var question = new RelayQuery(uuid, asked, query.Kids).Sign(keys.Receipt);
            var answer = await relays.AskAsync(relay, question, "application/cose", ct);
            // The client would refuse a bad answer as well; here its relay's owner gets to know.
            if (answer is not null && Attestation.ParseAll(answer, query.Kids.Count) is not null)
                return answer;
            log.LogWarning(
                "A relay gave {Answer} to a question for attestations",
                answer is null ? "none" : "no good answer"
            );
            return ReportRefusals.RelayUnavailable;
        }

        // Another account's challenge is as good as none.
        private Task<Challenge?> FindAsync(byte[] value, AccountId account, CancellationToken ct) =>
            db
                .Challenges.AsNoTracking()
                .Where(c => c.Value == value && db.Devices.Any(d => d.Kid == c.DeviceKid && d.AccountId == account))
                .SingleOrDefaultAsync(ct);

        private Task<string?> RelayOfAsync(MeetingId meeting, CancellationToken ct) =>
            db
                .MeetingRelays.Where(r => r.MeetingId == meeting && r.AttestationsUrl != null)
                .Select(r => r.AttestationsUrl)
                .FirstOrDefaultAsync(ct);

        // One statement, so that requests at the same time count each other whichever process has them.
        private async Task<bool> CountAsync(byte[] value, CancellationToken ct)
        {
            var most = MostAsked;
            return await db
                    .Challenges.Where(c => c.Value == value && c.AttestationsAsked < most)
                    .ExecuteUpdateAsync(
                        set => set.SetProperty(c => c.AttestationsAsked, c => c.AttestationsAsked + 1),
                        ct
                    ) == 1;
        }

        private static Refusal Refuse(string code) => new EvidenceRefusal(code).ToRefusal();
    }
}
