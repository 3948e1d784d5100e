// Renders an enforcement contract as the JSON that leaves the house (events.md 3): listed members only, once, to bytes.
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Domain;

namespace Moderation.Features.Delivery;

public static class OutwardJson
{
    public const string TestKind = "enforcement.test";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    public static byte[] Render(AccountWarned said) => Render(AccountWarned.Kind, said.Header, null);

    public static byte[] Render(AccountFrictionApplied said) =>
        Render(
            AccountFrictionApplied.Kind,
            said.Header,
            json =>
            {
                WriteMeasures(json, "measures", said.Measures);
                json.WriteString("risk_level", said.RiskLevel);
                json.WriteString("previous_risk_level", said.PreviousRiskLevel);
            }
        );

    public static byte[] Render(AccountFrictionLifted said) =>
        Render(
            AccountFrictionLifted.Kind,
            said.Header,
            json =>
            {
                WriteMeasures(json, "measures", said.Measures);
                json.WriteString("cause", said.Cause);
            }
        );

    public static byte[] Render(AccountSuspended said) =>
        Render(
            AccountSuspended.Kind,
            said.Header,
            json =>
            {
                json.WriteString("scope", said.Scope);
                WriteTime(json, "until", said.Until);
                json.WriteBoolean("hijack", said.Hijack);
            }
        );

    public static byte[] Render(AccountReinstated said) =>
        Render(AccountReinstated.Kind, said.Header, json => json.WriteString("cause", said.Cause));

    public static byte[] Render(SessionsRevoked said) =>
        Render(
            SessionsRevoked.Kind,
            said.Header,
            json =>
            {
                WriteNames(json, "sessions", said.Sessions);
                WriteNames(json, "meetings", said.Meetings);
            }
        );

    public static byte[] Render(VisitRequested said) =>
        Envelope(
            VisitRequested.Kind,
            said.OccurredAt,
            json =>
            {
                json.WriteString("event_id", said.EventId);
                json.WriteString("visit_id", said.VisitId);
                json.WriteString("meeting_id", said.MeetingId);
                json.WriteString("reason_code", said.ReasonCode);
                WriteTime(json, "expires_at", said.ExpiresAt);
            }
        );

    /// <summary>The event that a new URL must answer before it is enabled; it has no effect (EV-13).</summary>
    public static byte[] RenderTest(EventId id, DateTimeOffset now) =>
        Envelope(TestKind, now, json => json.WriteString("event_id", id.ToString()));

    // An allow-list: a member that a contract gains later stays inside until it is written here (EV-3).
    private static byte[] Render(string type, EnforcementHeader header, Action<Utf8JsonWriter>? own) =>
        Envelope(
            type,
            header.OccurredAt,
            json =>
            {
                json.WriteString("event_id", header.EventId);
                json.WriteString("decision_id", header.DecisionId);
                json.WriteString("correlation_id", header.CorrelationId);
                json.WriteString("causation_id", header.CausationId);
                json.WriteString("account_id", header.AccountId);
                json.WriteNumber("account_version", header.AccountVersion);
                json.WriteString("decided_by", NameOf(header.DecidedBy));
                own?.Invoke(json);
                json.WriteBoolean("notify_user", header.NotifyUser);
                json.WriteStartObject("user_message");
                foreach (var (language, text) in header.UserMessage.OrderBy(m => m.Key, StringComparer.Ordinal))
                    json.WriteString(language, text);
                json.WriteEndObject();
                WriteState(json, header.StateAfter);
            }
        );

    private static byte[] Envelope(string type, DateTimeOffset at, Action<Utf8JsonWriter> data)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            WriteTime(json, "timestamp", at);
            json.WriteStartObject("data");
            data(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static void WriteState(Utf8JsonWriter json, AccountState state)
    {
        json.WriteStartObject("state_after");
        json.WriteBoolean("suspended", state.Suspended);
        WriteTime(json, "suspended_until", state.SuspendedUntil);
        WriteMeasures(json, "friction", state.Friction);
        json.WriteBoolean("purged", state.Purged);
        json.WriteEndObject();
    }

    private static void WriteMeasures(Utf8JsonWriter json, string name, IReadOnlyList<FrictionMeasure> measures)
    {
        json.WriteStartArray(name);
        foreach (var measure in measures)
        {
            json.WriteStartObject();
            json.WriteString("measure", measure.Measure);
            json.WriteString("scope", measure.Scope);
            WriteTime(json, "until", measure.Until);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IReadOnlyList<string> names)
    {
        if (names.SequenceEqual(SessionsRevoked.All))
        {
            json.WriteString(name, "all");
            return;
        }
        json.WriteStartArray(name);
        foreach (var one in names)
            json.WriteStringValue(one);
        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        // Three fraction digits, always (EV-4).
        if (time is { } at)
            json.WriteString(
                name,
                at.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss.fff'Z'",
                    System.Globalization.CultureInfo.InvariantCulture
                )
            );
        else
            json.WriteNull(name);
    }

    private static string NameOf(DecidedBy by) =>
        by switch
        {
            DecidedBy.Policy => "policy",
            DecidedBy.Staff => "staff",
            DecidedBy.Appeal => "appeal",
            _ => throw new ArgumentOutOfRangeException(nameof(by), by, null),
        };
}
