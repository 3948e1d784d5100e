// What the platform tells of accounts, devices and meetings, and what it may not change any more.
using System.Text;
using Microsoft.EntityFrameworkCore;
using Moderation.Contracts.Directory;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.IntegrationTests.Intake;

namespace Moderation.IntegrationTests.Accounts;

[Collection(IntakeCollection.Name)]
public sealed class DirectoryTests(App app)
{
    private static readonly DateTimeOffset Registered = DateTimeOffset.UnixEpoch.AddDays(19_000);

    [Fact]
    public async Task An_account_is_made_once_and_keeps_its_id()
    {
        var platform = await app.PlatformAsync();
        var ext = $"person {Guid.CreateVersion7(app.Clock.GetUtcNow())}:ö";
        var path = $"/v1/accounts/{Uri.EscapeDataString(ext)}";

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => platform.PutAsync(path, Answers.Json(new AccountUpsert(Registered))))
        );
        using var later = await platform.PutAsync(path, Answers.Json(new { }));

        var id = (await later.ShouldBeAsync<AccountShape>(200)).Id;
        foreach (var answer in answers)
            (await answer.ShouldBeAsync<AccountShape>(200)).ShouldBe(new AccountShape(id, ext));
        var stored = await app.InDbAsync(db => db.Accounts.SingleAsync(a => a.ExternalId == ext));
        stored.RegisteredAt.ShouldBe(Registered);
    }

    [Theory]
    [InlineData("""{"registered_at":"yesterday"}""")]
    [InlineData("""{"name":"Bob"}""")]
    [InlineData("")]
    public async Task An_account_body_that_is_not_understood_is_refused(string json)
    {
        var platform = await app.PlatformAsync();

        using var answer = await platform.PutAsync(
            "/v1/accounts/somebody",
            ReportingHost.Body(Encoding.UTF8.GetBytes(json), "application/json")
        );

        await answer.ShouldBeProblemAsync(400, "request.malformed");
    }

    [Fact]
    public async Task Only_the_platform_tells()
    {
        var host = await ReportingHost.JoinAsync(app);

        using var hosts = await host.Http.PutAsync("/v1/accounts/x", Answers.Json(new { }));
        using var nobody = await app.Client().PutAsync("/v1/accounts/x", Answers.Json(new { }));

        await hosts.ShouldBeProblemAsync(403, "auth.forbidden");
        await nobody.ShouldBeProblemAsync(401, "auth.required");
    }

    [Fact]
    public async Task An_id_with_a_control_character_or_too_long_is_refused()
    {
        var platform = await app.PlatformAsync();

        using var control = await platform.PutAsync("/v1/accounts/a%07b", Answers.Json(new { }));
        using var slash = await platform.PutAsync("/v1/accounts/a%2Fb", Answers.Json(new { }));
        using var length = await platform.PutAsync($"/v1/accounts/{new string('a', 129)}", Answers.Json(new { }));
        using var token = await platform.PostAsync("/v1/host-tokens", Answers.Json(new HostTokenRequest("a\0b")));

        await control.ShouldBeProblemAsync(400, "account.external-id-invalid");
        await slash.ShouldBeProblemAsync(400, "account.external-id-invalid");
        await length.ShouldBeProblemAsync(400, "account.external-id-invalid");
        await token.ShouldBeProblemAsync(400, "request.invalid");
    }

    [Fact]
    public async Task A_device_is_registered_under_its_own_thumbprint_only()
    {
        var host = await ReportingHost.JoinAsync(app);
        using var device = CoseSigner.Generate(CoseAlgorithm.Esp256);

        using var wrong = await host.PutDeviceAsync(device.PublicKey, kid: Bytes.ToText(host.Kid));
        using var right = await host.PutDeviceAsync(device.PublicKey);
        using var nobody = await host.PutDeviceAsync(device.PublicKey, account: "nobody-here");

        await wrong.ShouldBeProblemAsync(422, "device.kid-mismatch");
        (await right.ShouldBeAsync<DeviceShape>(200)).Status.ShouldBe("active");
        await nobody.ShouldBeProblemAsync(404, "account.not-found");
    }

    [Theory]
    [InlineData(-19, "0100000000000000000000000000000000000000000000000000000000000000", "device.key-invalid")]
    [InlineData(-19, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "device.key-invalid")]
    [InlineData(-19, "00", "device.key-invalid")]
    [InlineData(
        -9,
        "0400000000000000000000000000000000000000000000000000000000000000010000000000000000000000000000000000000000000000000000000000000001",
        "device.key-invalid"
    )]
    [InlineData(-7, "0100000000000000000000000000000000000000000000000000000000000000", "request.invalid")]
    public async Task A_key_that_is_no_good_is_refused(int algorithm, string key, string code)
    {
        var host = await ReportingHost.JoinAsync(app);

        using var answer = await host.Platform.PutAsync(
            $"/v1/accounts/{host.ExternalId}/devices/{Bytes.ToText(new byte[32])}",
            Answers.Json(new DeviceUpsert(algorithm, Bytes.ToText(Convert.FromHexString(key))))
        );

        await answer.ShouldBeProblemAsync(code == "request.invalid" ? 400 : 422, code);
    }

    [Fact]
    public async Task A_key_of_another_account_stays_theirs_and_a_frozen_one_stays_frozen()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        await app.InDbAsync(async db =>
        {
            (await db.Devices.FindAsync(host.Kid))!.Status = Domain.Accounts.DeviceStatus.Frozen;
            await db.SaveChangesAsync();
        });

        using var taken = await other.PutDeviceAsync(host.Device.PublicKey);
        using var again = await host.PutDeviceAsync(host.Device.PublicKey);

        await taken.ShouldBeProblemAsync(409, "device.of-another-account");
        (await again.ShouldBeAsync<DeviceShape>(200)).Status.ShouldBe("frozen");
    }

    [Fact]
    public async Task A_meeting_may_be_told_again_and_a_host_stays_one()
    {
        var host = await ReportingHost.JoinAsync(app);
        var demoted = host.Roster with
        {
            Participants = [.. host.Roster.Participants.Select(p => p with { Host = !p.Host })],
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => host.PutMeetingAsync(demoted)));

        foreach (var answer in answers)
            await answer.ShouldBeAsync<MeetingShape>(200);
        var flags = await app.InDbAsync(db =>
            db.Participants.Where(p => db.Meetings.Any(m => m.Id == p.MeetingId && m.MeetingUuid == host.Meeting))
                .Select(p => p.WasHost)
                .ToListAsync()
        );
        flags.ShouldBe([true, true, true]);
    }

    [Fact]
    public async Task What_evidence_hangs_on_cannot_be_changed()
    {
        var host = await ReportingHost.JoinAsync(app);
        var other = await ReportingHost.JoinAsync(app);
        var (me, guest) = (host.Roster.Participants[0], host.Roster.Participants[1]);

        using var identity = await host.PutMeetingAsync(
            host.Roster with
            {
                MeetingUuid = Bytes.ToText(Enumerable.Repeat((byte)3, 16).ToArray()),
            }
        );
        using var taken = await host.PutMeetingAsync(host.Roster with { MeetingUuid = other.Roster.MeetingUuid });
        using var epoch = await host.PutMeetingAsync(host.Roster with { Epoch = host.Roster.Epoch.AddSeconds(1) });
        using var person = await host.PutMeetingAsync(
            host.Roster with
            {
                Participants = [me, guest with { Account = other.ExternalId }],
            }
        );

        await identity.ShouldBeProblemAsync(409, "meeting.fixed");
        await taken.ShouldBeProblemAsync(409, "meeting.fixed");
        await epoch.ShouldBeProblemAsync(409, "meeting.fixed");
        await person.ShouldBeProblemAsync(409, "meeting.participant-fixed");
    }

    [Theory]
    [InlineData("\"participants\":null", "request.malformed")]
    [InlineData("\"participants\":[null]", "request.invalid")]
    [InlineData(
        "\"participants\":[{\"pseudonym\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"account\":\"a\",\"host\":true}]",
        "request.invalid"
    )]
    [InlineData("\"participants\":[{\"pseudonym\":\"AQ\",\"account\":\"a\",\"host\":true}]", "request.invalid")]
    [InlineData(
        "\"participants\":[{\"pseudonym\":\"AQAAAAAAAAAAAAAAAAAAAA\",\"account\":\"\",\"host\":true}]",
        "request.invalid"
    )]
    [InlineData(
        "\"participants\":[{\"pseudonym\":\"AQAAAAAAAAAAAAAAAAAAAA\",\"account\":\"a\",\"host\":true},{\"pseudonym\":\"AQAAAAAAAAAAAAAAAAAAAB\",\"account\":\"b\",\"host\":true}]",
        "request.invalid"
    )]
    [InlineData("\"participants\":[],\"title\":\"standup\"", "request.malformed")]
    public async Task A_roster_that_breaks_the_rules_is_refused(string participants, string code)
    {
        var platform = await app.PlatformAsync();
        var json =
            $$"""{"meeting_uuid":"AQEBAQEBAQEBAQEBAQEBAQ","epoch":"2026-01-01T00:00:00Z","end_to_end_encrypted":true,{{participants}}}""";

        using var answer = await platform.PutAsync(
            "/v1/meetings/broken",
            ReportingHost.Body(Encoding.UTF8.GetBytes(json), "application/json")
        );

        await answer.ShouldBeProblemAsync(400, code);
    }

    [Fact]
    public async Task A_host_token_ends_after_an_hour_and_nobody_gets_one_for_a_stranger()
    {
        var host = await ReportingHost.JoinAsync(app);
        using var stranger = await host.Platform.PostAsync(
            "/v1/host-tokens",
            Answers.Json(new HostTokenRequest("nobody-here"))
        );
        await stranger.ShouldBeProblemAsync(404, "account.not-found");

        app.Clock.Offset += TimeSpan.FromMinutes(61);
        using var late = await host.PostChallengeAsync();

        await late.ShouldBeProblemAsync(401, "auth.required");
    }
}
