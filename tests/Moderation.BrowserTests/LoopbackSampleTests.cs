// The sample of an encrypted call, as an integrator starts it: a person reports from it, an analyst opens and plays what came.
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Reports;
using Moderation.Domain.Staff;

namespace Moderation.BrowserTests;

public sealed class LoopbackSampleTests(BrowserApp app) : IClassFixture<BrowserApp>
{
    private const string Video = "document.querySelector('.ev-tile video')";

    [Fact]
    public async Task A_report_from_the_encrypted_call_sample_is_verified_and_played_by_the_analyst()
    {
        using var samples = await SampleServer.StartAsync(app);
        var call = (await app.NewPageAsync()).Page;
        var errors = new List<string>();
        call.PageError += (_, error) => errors.Add(error);
        await call.GotoAsync($"{samples.Address}/rtc-loopback.html");
        await call.WaitForFunctionAsync("() => parseInt(document.querySelector('#held').textContent) >= 4");

        // A click that a script made is no act of a person.
        await call.EvaluateAsync("() => document.querySelector('#freeze').click()");
        (await call.Locator("#draft").IsVisibleAsync()).ShouldBeFalse();
        errors.ShouldHaveSingleItem().ShouldContain("client.gesture");

        await call.Locator("#freeze").ClickAsync();
        await call.Locator("#note").FillAsync("He would not stop.");
        await call.Locator("#send").ClickAsync();
        await call.WaitForFunctionAsync("() => document.querySelector('#said').textContent !== ''");
        var said = await call.Locator("#said").InnerTextAsync();
        said.ShouldStartWith("Thank you. Report ");
        errors.Count.ShouldBe(1);

        ReportId.TryParse(said["Thank you. Report ".Length..], null, out var report).ShouldBeTrue(said);
        var about = await app.InDbAsync(db =>
            db.ReportSubjects.Where(s => s.ReportId == report).Select(s => s.CaseId).SingleAsync()
        );
        var desk = await app.NewPageAsync();
        await desk.ArriveAsync((await app.StaffAsync(StaffRole.Analyst)).Member);
        await desk.Piece("case-row").First.WaitForAsync();
        await desk.ClaimAsync(about.ToString());
        (await desk.OpenEvidenceAsync()).ShouldBeOneOf("verified", "verified-with-gaps");
        await desk.Piece("play").ClickAsync();
        await desk.WaitUntilAsync($"() => {Video}.getVideoPlaybackQuality().totalVideoFrames > 20");
        (await desk.EvalAsync<int>($"() => {Video}.videoWidth")).ShouldBe(320);
        (await desk.Page.Locator("[data-testid=segment][data-state=failed]").CountAsync()).ShouldBe(0);
    }
}
