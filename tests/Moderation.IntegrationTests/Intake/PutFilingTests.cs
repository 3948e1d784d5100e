// What a filing must be, and the cases it opens or joins.
using System.Text;
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Cases;
using Moderation.Evidence;
using Moderation.Features.Http;
using Case = Moderation.Domain.Cases.Case;

namespace Moderation.IntegrationTests.Intake;

[Collection(IntakeCollection.Name)]
public sealed class PutFilingTests(App app)
{
    [Fact]
    public async Task Each_subject_gets_a_case_of_its_own()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();

        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, [.. host.Others]));

        await filed.ShouldBeAsync(204);
        (await CasesOfAsync(report.ReportId)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task No_subject_means_the_meeting()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();

        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle));

        await filed.ShouldBeAsync(204);
        var only = (await CasesOfAsync(report.ReportId)).ShouldHaveSingleItem();
        only.SubjectKind.ShouldBe(SubjectKind.Meeting);
    }

    [Fact]
    public async Task Somebody_the_roster_does_not_know_is_kept_on_the_meetings_case()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        byte[] stranger = [.. Enumerable.Repeat((byte)9, 16)];

        using var filed = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, stranger));

        await filed.ShouldBeAsync(204);
        (await CasesOfAsync(report.ReportId)).ShouldHaveSingleItem().SubjectKind.ShouldBe(SubjectKind.Meeting);
        var id = ReportingHost.IdOf(report.ReportId);
        var subject = await app.InDbAsync(db => db.ReportSubjects.SingleAsync(s => s.ReportId == id));
        subject.Pseudonym.ShouldBe(stranger);
    }

    [Fact]
    public async Task A_second_report_joins_the_open_case_and_a_graver_one_raises_it()
    {
        var host = await ReportingHost.JoinAsync(app);
        var first = await FileAboutAsync(host, "harassment", 4);

        var second = await FileAboutAsync(host, "violence", 5);

        second.Id.ShouldBe(first.Id);
        second.ReportCount.ShouldBe(2);
        second.Version.ShouldBe(first.Version + 1);
        second.Severity.ShouldBe(Severity.S1);
        second.Reason.ShouldBe(5);
        second.DueAt.ShouldBe(second.OpenedAt + TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task Another_lane_is_another_case()
    {
        var host = await ReportingHost.JoinAsync(app);
        var general = await FileAboutAsync(host, "harassment", 4);

        var child = await FileAboutAsync(host, "child", 2);

        child.Id.ShouldNotBe(general.Id);
        child.Lane.ShouldBe(Lane.ChildSafety);
        child.Band.ShouldBe(0);
    }

    [Fact]
    public async Task Independent_reporters_and_a_risky_account_place_the_case_earlier()
    {
        var host = await ReportingHost.JoinAsync(app);
        await app.InDbAsync(db =>
            db.Accounts.Where(a => a.ExternalId == host.OtherAccounts[0])
                .ExecuteUpdateAsync(set => set.SetProperty(a => a.RiskBand, "high"))
        );
        var first = await FileAboutAsync(host, "harassment", 4);
        // Another host of another meeting names the same account.
        var other = await ReportingHost.JoinAsync(app);
        var roster = other.Roster;
        var named = new Contracts.Directory.ParticipantUpsert(
            Bytes.ToText([.. Enumerable.Repeat((byte)5, 16)]),
            host.OtherAccounts[0],
            Host: false
        );
        using var put = await other.PutMeetingAsync(roster with { Participants = [.. roster.Participants, named] });
        await put.ShouldBeAsync(200);

        var second = await FileAboutAsync(other, "harassment", 4, [.. Enumerable.Repeat((byte)5, 16)]);

        // 0.30·0.75 + 0.15·0.6, then 0.20·log2(2)/3 more (triage.md 5.2).
        Share(first).ShouldBe(0.315, 0.001);
        Share(second).ShouldBe(0.315 + (0.2 / 3), 0.001);
        second.Id.ShouldBe(first.Id);
    }

    [Fact]
    public async Task Many_reports_about_one_person_at_once_make_one_case_that_counts_them_all()
    {
        // The records of the first filings are kept while later ones come in: every round is a chance to lock crosswise.
        for (var round = 0; round < 8; round++)
            await SixFilingsAboutOnePersonAsync();
    }

    private async Task SixFilingsAboutOnePersonAsync()
    {
        var host = await ReportingHost.JoinAsync(app);
        var filed = new List<(string Report, SealedBundle Bundle)>();
        for (var i = 0; i < 6; i++)
        {
            var (report, bundle) = await host.FileAsync();
            filed.Add((report.ReportId, bundle));
        }

        // Both orders of naming: whoever locks in the order it was given would wait for ever.
        var answers = await Task.WhenAll(
            filed.Select(
                (f, i) =>
                    host.PutFilingAsync(
                        f.Report,
                        host.Filing(f.Bundle, [.. i % 2 == 0 ? host.Others : host.Others.Reverse()])
                    )
            )
        );

        foreach (var answer in answers)
            await answer.ShouldBeAsync(204);
        var cases = await CasesOfAsync(filed[0].Report);
        cases.Count.ShouldBe(2);
        cases.ShouldAllBe(c => c.ReportCount == 6);
    }

    [Fact]
    public async Task A_repeat_is_harmless_and_a_different_filing_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app, CoseAlgorithm.Esp256);
        var (report, bundle) = await host.FileAsync();
        var filing = host.Filing(bundle, host.Others[0]);
        using var first = await host.PutFilingAsync(report.ReportId, filing);
        await first.ShouldBeAsync(204);

        // ECDSA signs the same payload differently every time; it is the same filing.
        using var repeat = await host.PutFilingAsync(report.ReportId, filing);
        using var other = await host.PutFilingAsync(report.ReportId, host.Filing(bundle, host.Others[1]));

        await repeat.ShouldBeAsync(204);
        await other.ShouldBeProblemAsync(409, "filing.already-set");
        (await CasesOfAsync(report.ReportId)).ShouldHaveSingleItem().ReportCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_filing_of_another_device_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        using var other = CoseSigner.Generate();
        await (await host.PutDeviceAsync(other.PublicKey)).ShouldBeAsync(200);

        using var answer = await host.PutFilingAsync(report.ReportId, host.Filing(bundle), other);

        await answer.ShouldBeProblemAsync(422, "filing.invalid");
        (await CasesOfAsync(report.ReportId)).ShouldBeEmpty();
    }

    public static TheoryData<string, string> Defects =>
        new()
        {
            { "\"version\":1", "\"version\":2" },
            { "\"harassment\"", "\"spam\"" },
            { "\"harassment\"", "\"no-such-reason\"" },
            { "\"version\":1", "\"version\":1,\"note\":\"not sealed\"" },
            { "\"version\":1", "\"version\":1,\"version\":1" },
            { "\"en-GB\"", "\"en\\u0000GB\"" },
            { "\"subjects\":[", "\"subjects\":[\"AAAA\"," },
            { "\"subjects\":[", "\"subjects\":[null," },
            { "\"subjects\":[", "\"subjects\":[\"AAAAAAAAAAAAAAAAAAAAAA\"," },
            { "\"subjects\":", "\"subjects\":null,\"x\":" },
            { "\"marker_ms\":5000", "\"marker_ms\":-1" },
            { "{", "[{" },
        };

    [Theory]
    [MemberData(nameof(Defects))]
    public async Task A_filing_that_does_not_say_what_it_must_is_refused(string good, string bad)
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, bundle) = await host.FileAsync();
        var json = System.Text.Json.JsonSerializer.Serialize(
            host.Filing(bundle, host.Others[0]),
            Data.ModerationDb.Json
        );
        json.ShouldContain(good);

        using var answer = await host.PutFilingBytesAsync(
            report.ReportId,
            Encoding.UTF8.GetBytes(json.Replace(good, bad, StringComparison.Ordinal))
        );

        await answer.ShouldBeProblemAsync(422, "filing.invalid");
        (await CasesOfAsync(report.ReportId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_filing_for_another_bundle_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (_, first) = await host.FileAsync();
        var (second, _) = await host.FileAsync();

        using var answer = await host.PutFilingAsync(second.ReportId, host.Filing(first, host.Others[0]));

        await answer.ShouldBeProblemAsync(422, "filing.invalid");
    }

    [Fact]
    public async Task A_filing_larger_than_its_limit_is_refused()
    {
        var host = await ReportingHost.JoinAsync(app);
        var (report, _) = await host.FileAsync();

        using var large = await host.PutFilingBytesAsync(report.ReportId, new byte[8_500]);
        using var huge = await host.PutFilingBytesAsync(report.ReportId, new byte[900_000]);

        await large.ShouldBeProblemAsync(422, "filing.invalid");
        await huge.ShouldBeProblemAsync(413, "request.too-large");
    }

    private async Task<Case> FileAboutAsync(ReportingHost host, string reason, uint number, byte[]? subject = null)
    {
        var bundle = BundleSealer.Seal(host.Draft(await host.AskAsync()) with { Reason = number }, host.Device);
        using var head = await host.PostHeadAsync(bundle.Head);
        var report = await head.ShouldBeAsync<Contracts.Intake.ReportAccepted>(201);
        var filing = host.Filing(bundle, subject ?? host.Others[0]) with { Reason = reason };
        using var filed = await host.PutFilingAsync(report.ReportId, filing);
        await filed.ShouldBeAsync(204);
        return (await CasesOfAsync(report.ReportId)).ShouldHaveSingleItem();
    }

    private Task<List<Case>> CasesOfAsync(string report)
    {
        var id = ReportingHost.IdOf(report);
        return app.InDbAsync(db =>
            db.Cases.AsNoTracking()
                .Where(c => db.ReportSubjects.Any(s => s.ReportId == id && s.CaseId == c.Id))
                .ToListAsync()
        );
    }

    private static double Share(Case c) => (c.DueAt - c.RankAt) / Rank.Sla(c.Severity);
}
