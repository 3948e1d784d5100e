// Reads what is stored of an account into the facts that the pure score takes.
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Risk;

namespace Moderation.Features.Risk;

internal static class AccountHistory
{
    public static async Task<AccountFacts> ReadAsync(ModerationDb db, Account account, CancellationToken ct)
    {
        var id = account.Id;
        var signals = await db
            .ActivitySignals.AsNoTracking()
            .Where(s => s.AccountId == id)
            .OrderBy(s => s.At)
            .ToListAsync(ct);
        var identities = await db
            .Identities.AsNoTracking()
            .Where(i => i.AccountId == id)
            .OrderBy(i => i.At)
            .ToListAsync(ct);
        var mail = identities.LastOrDefault(i => i.Kind == IdentityKind.Email)?.Value;
        return new AccountFacts
        {
            RegisteredAt = account.RegisteredAt,
            Email = mail,
            EmailVerified = mail is null
                ? null
                : signals.Exists(s =>
                    s.Kind == "email.verified" || (s.Kind == "account.registered" && Flag(s, "email_verified"))
                ),
            Addresses =
            [
                .. identities
                    .Where(i => i.Kind == IdentityKind.Address)
                    .Select(i => new AddressSighting(i.Value, i.At, i.AtRegistration)),
            ],
            Organisation = OrganisationOf(signals, mail),
            Meetings = MeetingsOf(signals),
        };
    }

    private static OrganisationFacts? OrganisationOf(List<ActivitySignal> signals, string? mail)
    {
        if (signals.LastOrDefault(s => s.Kind == "org.created") is not { } created)
            return null;
        var origin = Text(created, "origin") switch
        {
            "sales" => OrganisationOrigin.Sales,
            "partner" => OrganisationOrigin.Partner,
            "edu_verified" => OrganisationOrigin.EduVerified,
            _ => OrganisationOrigin.SelfService,
        };
        var changes =
            signals.Count(s => s.Kind == "org.member_added") - signals.Count(s => s.Kind == "org.member_removed");
        return new OrganisationFacts(
            origin,
            created.At,
            Text(created, "domain"),
            Flag(created, "domain_verified"),
            // The founder is a member from the start.
            Members: 1 + Math.Max(0, changes),
            MemberMail: mail is null ? [] : [mail]
        );
    }

    private static List<HostedMeeting> MeetingsOf(List<ActivitySignal> signals)
    {
        var ends = signals
            .Where(s => s is { Kind: "meeting.ended", Meeting: not null })
            .GroupBy(s => s.Meeting!)
            .ToDictionary(g => g.Key, g => g.Last());
        return
        [
            .. signals
                .Where(s => s.Kind == "meeting.started")
                .Select(started =>
                {
                    var end = started.Meeting is { } name ? ends.GetValueOrDefault(name) : null;
                    return new HostedMeeting(
                        started.At,
                        end is null ? null : TimeSpan.FromSeconds(Number(end, "duration_seconds")),
                        end is null ? 1 : (int)Number(end, "participants"),
                        HasUpheldReport: false
                    );
                }),
        ];
    }

    private static JsonElement? Member(ActivitySignal signal, string name)
    {
        using var details = JsonDocument.Parse(signal.Details);
        return details.RootElement.TryGetProperty(name, out var value) ? value.Clone() : null;
    }

    private static bool Flag(ActivitySignal signal, string name) =>
        Member(signal, name)?.ValueKind == JsonValueKind.True;

    private static string? Text(ActivitySignal signal, string name) =>
        Member(signal, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static double Number(ActivitySignal signal, string name) =>
        Member(signal, name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : 0;
}
