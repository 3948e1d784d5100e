// From a report in a meeting to a suspension that the platform hears of and a package for a court, in a real browser.
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Moderation.Domain.Cases;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Legal;
using Moderation.Tests;

namespace Moderation.BrowserTests;

public sealed class WholeWayTests(BrowserApp app) : IClassFixture<BrowserApp>
{
    private static readonly TimeSpan EightSeconds = TimeSpan.FromSeconds(8);

    private const string Video = "document.querySelector('.ev-tile video')";

    [Fact]
    public async Task A_report_is_played_decided_on_heard_of_by_the_platform_and_released_to_a_court()
    {
        await using var platform = await ListeningPlatform.SubscribeAsync(await app.PlatformAsync());
        using var host = await app.HostAsync();
        var report = await host.ReportAsync(EightSeconds, note: "He would not stop.", chat: "go away, all of you");
        var about = await CaseOfAsync(report.Id);
        var anna = (await app.StaffAsync(StaffRole.Analyst)).Member;
        var desk = await app.NewPageAsync();

        await desk.GoAsync("/sign-in");
        await desk.PictureAsync("sign-in");
        await desk.ArriveAsync(anna);
        await desk.Piece("case-row").First.WaitForAsync();
        await desk.PictureAsync("queue");
        await desk.ClaimAsync(about);
        (await desk.OpenEvidenceAsync()).ShouldBe("verified");
        (await desk.Page.Locator("[data-testid=segment][data-state=verified]").CountAsync()).ShouldBe(
            report.Segments.Count
        );
        (await desk.Piece("transcript").InnerTextAsync()).ShouldContain("go away, all of you");

        // Covered, still and silent at first.
        (await desk.EvalAsync<bool>($"() => {Video}.paused")).ShouldBeTrue();
        (await desk.EvalAsync<string>($"() => getComputedStyle({Video}).filter")).ShouldContain("blur");
        await desk.PictureAsync("case");
        await desk.Piece("play").ClickAsync();
        await desk.WaitUntilAsync($"() => {Video}.currentTime > 1.5");
        (await desk.EvalAsync<int>($"() => {Video}.getVideoPlaybackQuality().totalVideoFrames")).ShouldBeGreaterThan(0);
        (await desk.EvalAsync<string>($"() => getComputedStyle({Video}).filter")).ShouldContain("blur");

        // Revealed as long as the key is held.
        await desk.Player.FocusAsync();
        await desk.Page.Keyboard.DownAsync("v");
        await desk.WaitUntilAsync($"() => getComputedStyle({Video}).filter === 'none'");
        await desk.PictureAsync("case-revealed");
        await desk.Page.Keyboard.UpAsync("v");
        await desk.WaitUntilAsync($"() => getComputedStyle({Video}).filter !== 'none'");

        await desk.Piece("cite").ClickAsync();
        await DecideAsync(desk);

        var heard = await platform.NextAsync("enforcement.account.suspended", TimeSpan.FromSeconds(30));
        heard.ToString().ShouldContain(host.SubjectAccount);
        await desk.PictureAsync("case-decided");
        desk.Complaints.ShouldBeEmpty();

        CaseId.TryParse(about, null, out var id).ShouldBeTrue();
        using var release = await ReleaseDesk.ForAsync(app, report, id);
        await release.PublishAndAcceptAsync(app);
    }

    [Fact]
    public async Task Bytes_changed_on_disk_show_as_altered_while_the_others_play()
    {
        using var host = await app.HostAsync();
        var report = await host.ReportAsync(EightSeconds);
        var about = await CaseOfAsync(report.Id);
        var anna = (await app.StaffAsync(StaffRole.Analyst)).Member;
        var desk = await app.NewPageAsync(ColorScheme.Dark);
        await desk.GoAsync("/sign-in");
        await desk.PictureAsync("sign-in-dark");
        await desk.ArriveAsync(anna);
        await desk.Piece("case-row").First.WaitForAsync();
        await desk.PictureAsync("queue-dark");
        await desk.ClaimAsync(about);
        // The vault judges the whole report once; from then on what changes is found in the browser.
        (await desk.OpenEvidenceAsync()).ShouldBe("verified");
        await desk.PictureAsync("case-dark");
        var last = report.Segments.Count - 1;
        await FlipLastByteAsync(report.Id, last);

        await desk.GoAsync($"/cases/{about}");
        await desk.Piece("release").WaitForAsync();
        (await desk.OpenEvidenceAsync()).ShouldBe("altered");
        await desk.PictureAsync("case-altered-dark");

        (await desk.Page.Locator("[data-testid=segment][data-state=failed]").GetAttributeAsync("data-index")).ShouldBe(
            $"{last}"
        );
        (await desk.Page.Locator("[data-testid=segment][data-state=verified]").CountAsync()).ShouldBe(last);
        await desk.Piece("play").ClickAsync();
        await desk.WaitUntilAsync($"() => {Video}.currentTime > 0.5");
    }

    private static async Task DecideAsync(ReviewPage desk)
    {
        await desk.Piece("decide").ClickAsync();
        await desk.Piece("outcome-violation").CheckAsync();
        await desk.Piece("clause-filter").FillAsync("harass");
        await desk.Piece("clause").SelectOptionAsync(new SelectOptionValue { Index = 0 });
        await desk.Piece("action-suspend").CheckAsync();
        await desk.Piece("duration-amount").FillAsync("3");
        await desk.Piece("duration-unit").SelectOptionAsync("d");
        await desk.Piece("rationale").FillAsync("Kept on after being asked to stop; see the clip.");
        await desk.PictureAsync("decision");
        await desk.Piece("submit").ClickAsync();
        await desk.Piece("decided-line").WaitForAsync();
    }

    private Task<string> CaseOfAsync(string report) =>
        app.InDbAsync(async db =>
        {
            ReportId.TryParse(report, null, out var id).ShouldBeTrue();
            return (
                await db.ReportSubjects.Where(s => s.ReportId == id).Select(s => s.CaseId).SingleAsync()
            ).ToString();
        });

    private async Task FlipLastByteAsync(string report, int index)
    {
        ReportId.TryParse(report, null, out var id).ShouldBeTrue();
        var hash = await app.InDbAsync(db =>
            db.ReportSegments.Where(s => s.ReportId == id && s.Index == index)
                .Select(s => s.CiphertextHash)
                .SingleAsync()
        );
        var name = Convert.ToHexStringLower(hash);
        var blob = Path.Combine(app.DataDir, "blobs", name[..2], name[2..4], name);
        var bytes = await File.ReadAllBytesAsync(blob);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes);
    }
}
