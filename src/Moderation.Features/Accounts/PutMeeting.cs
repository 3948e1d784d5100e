// Takes in a meeting instance and who is in it under which pseudonym: PUT /v1/meetings/{ext}.
using FluentValidation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Directory;
using Moderation.Data;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Meetings;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Accounts;

public static class PutMeeting
{
    private const int MostParticipants = 2_000;
    private const int MostRelays = 8;

    public sealed class Validator : AbstractValidator<MeetingUpsert>
    {
        public Validator()
        {
            RuleFor(r => r.MeetingUuid).Must(IsName).WithMessage("base64url of 16 bytes that are not all zero.");
            RuleFor(r => r.Participants.Count).LessThanOrEqualTo(MostParticipants).OverridePropertyName("participants");
            RuleForEach(r => r.Participants)
                .NotNull()
                .ChildRules(participant =>
                {
                    participant
                        .RuleFor(p => p.Pseudonym)
                        .Must(IsName)
                        .WithMessage("base64url of 16 bytes that are not all zero.");
                    participant.RuleFor(p => p.Account).Must(ExternalId.IsGood).WithMessage(ExternalId.Rule);
                });
            RuleFor(r => r.Participants)
                .Must(all => all.Select(KeyOf).Distinct(StringComparer.Ordinal).Count() == all.Count)
                .WithMessage("Each pseudonym once.");
            RuleFor(r => r.Relays!.Count)
                .LessThanOrEqualTo(MostRelays)
                .When(r => r.Relays is not null)
                .OverridePropertyName("relays");
            RuleForEach(r => r.Relays).NotNull().ChildRules(Rule);
            RuleFor(r => r.Relays)
                .Must(all => all is null || all.Count(r => r?.AttestationsUrl is not null) <= 1)
                .WithMessage("One relay of a meeting answers for all.");
        }

        private static void Rule(InlineValidator<RelayUpsert> relay)
        {
            relay
                .RuleFor(r => r.Alg)
                .Must(alg => Enum.IsDefined((CoseAlgorithm)alg))
                .WithMessage("-19 (Ed25519) or -9 (ESP256).");
            relay.RuleFor(r => r.PublicKey).NotEmpty().MaximumLength(128);
            relay
                .RuleFor(r => r.AttestationsUrl)
                .NotEmpty()
                .MaximumLength(2048)
                .When(r => r.AttestationsUrl is not null);
        }

        // Zeros mean "none" in a bundle (evidence-bundle.md 6.1), so nobody can be called that.
        private static bool IsName(string text) =>
            Bytes.TryRead(text, 16, out var bytes) && bytes.AsSpan().ContainsAnyExcept((byte)0);
    }

    // The bytes, not the text: one pseudonym can be written in more than one way.
    private static string KeyOf(ParticipantUpsert? participant) =>
        Bytes.TryRead(participant?.Pseudonym, out var bytes) ? Convert.ToHexString(bytes) : "";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPut("/v1/meetings/{ext}", PutAsync)
            .Validate<MeetingUpsert>()
            .RequireAuthorization(Policies.Platform)
            .WithSummary("Make a meeting instance known, and who has been in it so far");

    private static async Task<Results<Ok<MeetingShape>, ProblemHttpResult>> PutAsync(
        string ext,
        MeetingUpsert request,
        Handler handler,
        CancellationToken ct
    )
    {
        var outcome = await handler.HandleAsync(ext, request, ct);
        return outcome.Match<Results<Ok<MeetingShape>, ProblemHttpResult>>(
            shape => TypedResults.Ok(shape),
            refusal => refusal.ToProblem()
        );
    }

    public sealed class Handler(ModerationDb db, RelayDoor door, TimeProvider clock)
    {
        public async Task<Outcome<MeetingShape>> HandleAsync(string ext, MeetingUpsert request, CancellationToken ct)
        {
            if (!ExternalId.IsGood(ext))
                return AccountRefusals.ExternalIdInvalid;
            var relays = MeetingRelayRows.Read(request.Relays ?? [], door);
            if (relays.Refusal is { } refused)
                return refused;
            Bytes.TryRead(request.MeetingUuid, out var uuid);
            // The database keeps microseconds, and the meeting clock counts milliseconds.
            var epoch = DateTimeOffset.FromUnixTimeMilliseconds(request.Epoch.ToUnixTimeMilliseconds());
            var now = clock.GetUtcNow();
            await using var work = await db.Database.BeginTransactionAsync(ct);
            await db.Database.ExecuteSqlAsync(
                $"""
                insert into meetings (id, external_id, meeting_uuid, epoch, end_to_end_encrypted)
                values ({MeetingId.New(now).Value}, {ext}, {uuid}, {epoch}, {request.EndToEndEncrypted})
                on conflict do nothing
                """,
                ct
            );
            var meeting = await db.Meetings.AsNoTracking().SingleOrDefaultAsync(m => m.ExternalId == ext, ct);
            if (meeting is null || !IsSame(meeting, uuid, epoch, request.EndToEndEncrypted))
                return MeetingRefusals.Fixed;
            if (!await UpsertAsync(meeting.Id, request.Participants, now, ct))
                return MeetingRefusals.ParticipantFixed;
            await MeetingRelayRows.UpsertAsync(db, meeting.Id, relays.Value, ct);
            await LateSubjects.ResolveAsync(db, meeting.Id, now, ct);
            await work.CommitAsync(ct);
            return new MeetingShape(meeting.Id.ToString(), ext);
        }

        private static bool IsSame(Meeting meeting, byte[] uuid, DateTimeOffset epoch, bool encrypted) =>
            meeting.MeetingUuid.AsSpan().SequenceEqual(uuid)
            && meeting.Epoch == epoch
            && meeting.EndToEndEncrypted == encrypted;

        // False when a pseudonym stands for somebody else already: evidence would change hands.
        private async Task<bool> UpsertAsync(
            MeetingId meeting,
            IReadOnlyList<ParticipantUpsert> roster,
            DateTimeOffset now,
            CancellationToken ct
        )
        {
            if (roster.Count == 0)
                return true;
            var accounts = await AccountRows.EnsureAsync(db, roster.Select(p => p.Account), now, ct);
            // One order for everybody, as for the accounts.
            var rows = roster.OrderBy(KeyOf, StringComparer.Ordinal).ToList();
            var pseudonyms = rows.Select(p => Bytes.TryRead(p.Pseudonym, out var bytes) ? bytes : []).ToList();
            var ids = rows.Select(p => accounts[p.Account].Value).ToList();
            var hosts = rows.Select(p => p.Host).ToList();
            // Whoever was a host once may still report that time, so the flag is never taken back.
            var written = await db.Database.ExecuteSqlAsync(
                $"""
                insert into participants (meeting_id, pseudonym, account_id, was_host)
                select {meeting.Value}, fresh.pseudonym, fresh.account_id, fresh.was_host
                from unnest({pseudonyms}, {ids}, {hosts}) as fresh (pseudonym, account_id, was_host)
                on conflict (meeting_id, pseudonym) do update set was_host = participants.was_host or excluded.was_host
                where participants.account_id = excluded.account_id
                """,
                ct
            );
            return written == rows.Count;
        }
    }
}
