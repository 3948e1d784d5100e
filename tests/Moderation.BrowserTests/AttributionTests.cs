// What an analyst sees of attribution: attested, asserted and failed attestation, told apart on screen.
using Moderation.Contracts.Opening;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests;
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
        await desk.Page.Locator($"[data-testid=case-row][data-case={about}]").ClickAsync();
        await desk.WaitUntilAsync("() => document.querySelector('[data-testid=preview] [data-testid=attribution]')");
        (await desk.Piece("preview").GetByTestId("attribution").InnerTextAsync()).ShouldBe(
            "3 with a relay receipt, G1 not checked yet; 1 G0, asserted by the reporting host"
        );
        await desk.ClaimAsync(about.ToString());
        (await desk.Piece("grade").InnerTextAsync()).ShouldContain("not checked yet");

        // Nothing was altered: the bytes are what the host signed, and what they claim is not so.
        (await desk.OpenEvidenceAsync()).ShouldBe("attestation-failed");
        (await desk.Piece("integrity").InnerTextAsync()).ShouldBe("Attestation failed");
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

    [Fact]
    public async Task Destroyed_evidence_is_said_to_be_destroyed_and_offers_no_opening()
    {
        using var host = await app.HostAsync();
        var report = await host.ReportAsync(TimeSpan.FromSeconds(4));
        var about = await app.CaseOfAsync(report.Id);
        for (var person = 0; person < 2; person++)
            using (
                var answer = await (await app.StaffAsync(StaffRole.Custodian)).Http.PostAsync(
                    $"/v1/reports/{report.Id}:destroy-evidence",
                    Answers.Json(new DestructionRequest("Retention has ended."))
                )
            )
                await answer.ShouldBeAsync(200);
        var anna = (await app.StaffAsync(StaffRole.Analyst)).Member;
        var desk = await app.NewPageAsync();
        await desk.GoAsync("/sign-in");
        await desk.ArriveAsync(anna);
        var row = desk.Page.Locator($"[data-testid=case-row][data-case={about}]");
        (await row.GetByTestId("evidence-state").InnerTextAsync()).ShouldBe("Evidence destroyed");

        await desk.ClaimAsync(about.ToString());

        (await desk.Piece("integrity").InnerTextAsync()).ShouldBe("Destroyed");
        var cover = await desk.Piece("sealed").InnerTextAsync();
        cover.ShouldContain("The evidence was destroyed");
        cover.ShouldContain("a certificate says when and why");
        (await desk.Piece("open-evidence").CountAsync()).ShouldBe(0);
        (await desk.Piece("player").InnerTextAsync()).ShouldNotContain("not arrived yet");
        await desk.PictureAsync("case-destroyed");
        desk.Complaints.ShouldBeEmpty();
    }
}
