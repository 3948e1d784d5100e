// The outward JSON has exactly the members of events.md 3, whatever a contract holds.
using System.Text.Json;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Domain;
using Moderation.Features.Delivery;

namespace Moderation.IntegrationTests.Delivery;

public sealed class OutwardJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 23, 10, 0, 0, TimeSpan.FromHours(2));
    private static readonly FrictionMeasure Measure = new("no_chat", "account", At);

    private static readonly string[] Common =
    [
        "event_id",
        "decision_id",
        "correlation_id",
        "causation_id",
        "account_id",
        "account_version",
        "decided_by",
        "notify_user",
        "user_message",
        "user_message.en",
        "state_after",
        "state_after.suspended",
        "state_after.suspended_until",
        "state_after.friction",
        "state_after.friction.measure",
        "state_after.friction.scope",
        "state_after.friction.until",
        "state_after.purged",
    ];

    private static readonly string[] Measures = ["measures", "measures.measure", "measures.scope", "measures.until"];

    public static TheoryData<string, string[]> Contracts =>
        new()
        {
            { AccountWarned.Kind, [] },
            { AccountFrictionApplied.Kind, [.. Measures, "risk_level", "previous_risk_level"] },
            { AccountFrictionLifted.Kind, [.. Measures, "cause"] },
            { AccountSuspended.Kind, ["scope", "until", "hijack"] },
            { AccountReinstated.Kind, ["cause"] },
        };

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Each_contract_has_the_listed_members_and_no_other(string kind, string[] own)
    {
        using var json = JsonDocument.Parse(Render(kind));

        json.RootElement.GetProperty("type").GetString().ShouldBe(kind);
        json.RootElement.GetProperty("timestamp").GetString().ShouldBe("2026-11-23T08:00:00.000Z");
        json.RootElement.EnumerateObject().Select(m => m.Name).ShouldBe(["type", "timestamp", "data"]);
        NamesOf(json.RootElement.GetProperty("data"), "").Distinct().ShouldBe([.. Common, .. own], ignoreOrder: true);
    }

    [Fact]
    public void The_example_of_the_specification_comes_out_byte_for_byte()
    {
        var until = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        var said = new AccountSuspended(
            new EnforcementHeader(
                "evt_01kapd9v00fgz8mmjfdndjz6gh",
                "dec_01kapd9tzxf4782r4d8vkxm9sa",
                "dec_01kapd9tzxf4782r4d8vkxm9sa",
                "dec_01kapd9tzxf4782r4d8vkxm9sa",
                "tenant-that-stays-inside",
                "9b21",
                3,
                new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero),
                DecidedBy.Staff,
                new Dictionary<string, string> { ["en"] = "Your account is suspended until 1 December 2026." },
                true,
                new AccountState(true, until, [], false)
            ),
            until,
            "all",
            false
        );

        System
            .Text.Encoding.UTF8.GetString(OutwardJson.Render(said))
            .ShouldBe(
                """
                {"type":"enforcement.account.suspended","timestamp":"2026-11-23T10:00:00.000Z","data":{"event_id":"evt_01kapd9v00fgz8mmjfdndjz6gh","decision_id":"dec_01kapd9tzxf4782r4d8vkxm9sa","correlation_id":"dec_01kapd9tzxf4782r4d8vkxm9sa","causation_id":"dec_01kapd9tzxf4782r4d8vkxm9sa","account_id":"9b21","account_version":3,"decided_by":"staff","scope":"all","until":"2026-12-01T00:00:00.000Z","hijack":false,"notify_user":true,"user_message":{"en":"Your account is suspended until 1 December 2026."},"state_after":{"suspended":true,"suspended_until":"2026-12-01T00:00:00.000Z","friction":[],"purged":false}}}
                """
            );
    }

    [Fact]
    public void The_test_event_carries_its_id_alone()
    {
        var id = EventId.New(At);
        using var json = JsonDocument.Parse(OutwardJson.RenderTest(id, At));

        json.RootElement.GetProperty("type").GetString().ShouldBe("enforcement.test");
        NamesOf(json.RootElement.GetProperty("data"), "").ShouldBe(["event_id"]);
    }

    private static byte[] Render(string kind)
    {
        var header = new EnforcementHeader(
            "evt_1",
            "c",
            "r",
            "d",
            "tenant",
            "account",
            7,
            At,
            DecidedBy.Appeal,
            new Dictionary<string, string> { ["en"] = "text" },
            true,
            new AccountState(true, At, [Measure], false)
        );
        return kind switch
        {
            AccountWarned.Kind => OutwardJson.Render(new AccountWarned(header)),
            AccountFrictionApplied.Kind => OutwardJson.Render(
                new AccountFrictionApplied(header, [Measure], "HIGH", "LOW")
            ),
            AccountFrictionLifted.Kind => OutwardJson.Render(new AccountFrictionLifted(header, [Measure], "expired")),
            AccountSuspended.Kind => OutwardJson.Render(new AccountSuspended(header, At, "all", false)),
            _ => OutwardJson.Render(new AccountReinstated(header, "expired")),
        };
    }

    private static IEnumerable<string> NamesOf(JsonElement element, string path) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(m => NamesOf(m.Value, $"{path}{m.Name}.").Prepend(path + m.Name)),
            JsonValueKind.Array => element.EnumerateArray().SelectMany(item => NamesOf(item, path)),
            _ => [],
        };
}
