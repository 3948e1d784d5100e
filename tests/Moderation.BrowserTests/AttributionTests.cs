// What an analyst sees of attribution: attested, asserted and failed attestation, told apart on screen.
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Intake;
using Moderation.IntegrationTests.Opening;

namespace Moderation.BrowserTests;

public sealed class AttributionTests(BrowserApp app) : IClassFixture<BrowserApp>
{
    [Fact]
    public async Task Attested_asserted_and_made_up_media_never_look_alike()
    {
        using var meeting = await RelayedMeeting.JoinAsync(app);
        await meeting.TrustAsync();
        var (report, _) = await meeting.FileAsync();
        var about = await app.CaseOfAsync(report.ReportId);
        var anna = (await app.StaffAsync(StaffRole.Analyst)).Member;
        var desk = await app.NewPageAsync();
        await desk.GoAsync("/sign-in");
        await desk.ArriveAsync(anna);
        await desk.Piece("case-row").First.WaitForAsync();
        await desk.ClaimAsync(about.ToString());

        (await desk.OpenEvidenceAsync()).ShouldBe("altered");
        await desk.Page.Locator("#integrity-panel summary").ClickAsync();

        (await WordsAsync(0)).ShouldContain("G1 relay-attested");
        (await WordsAsync(0)).ShouldContain("7 of 7 frames");
        (await WordsAsync(1)).ShouldContain("G1 relay-attested");
        (await WordsAsync(1)).ShouldContain("5 of 7 frames, 2 never reached the host");
        (await WordsAsync(1)).ShouldContain("header taken from the nearest segment");
        (await WordsAsync(2)).ShouldContain("Attestation failed");
        (await WordsAsync(2)).ShouldContain("evb1.frames-root");
        (await WordsAsync(2)).ShouldNotContain("G0");
        (await WordsAsync(3)).ShouldContain("G0 asserted by host");
        (await desk.Page.Locator(".ev-tile").First.GetAttributeAsync("data-grade")).ShouldBe("attestation-failed");
        await desk.PictureAsync("case-attribution");

        // The attested group is cut into chunks as a live encoder sends it, and plays.
        await desk.Piece("play").ClickAsync();
        await desk.WaitUntilAsync("() => document.querySelector('.ev-tile video').currentTime > 0.5");

        Task<string> WordsAsync(int index) =>
            desk.Page.Locator($"[data-testid=segment][data-index='{index}']").InnerTextAsync();
    }
}
