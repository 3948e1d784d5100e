// The smallest sample: a button that reports without media. Only a person's click files anything.
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Reports;

namespace Moderation.BrowserTests;

public sealed class ReportButtonTests(BrowserApp app) : IClassFixture<BrowserApp>
{
    [Fact]
    public async Task One_click_of_a_person_is_taken_once()
    {
        using var samples = await SampleServer.StartAsync(app);
        var page = (await app.NewPageAsync()).Page;
        await page.GotoAsync($"{samples.Address}/report-button.html");
        await page.EvaluateAsync(
            """
            async () => {
              const { takeGesture } = await import('/sdk/gesture.js');
              const button = document.createElement('button');
              button.id = 'twice';
              button.textContent = 'twice';
              document.body.append(button);
              window.taken = [];
              const take = (event) => {
                try { takeGesture(event); window.taken.push('taken'); } catch (error) { window.taken.push(error.code); }
              };
              button.onclick = (event) => { take(event); take(event); };
            }
            """
        );

        await page.Locator("#twice").ClickAsync();
        await page.Locator("#twice").ClickAsync();

        // Each act serves for one freeze; the next act is another one.
        (await page.EvaluateAsync<string[]>("() => window.taken")).ShouldBe([
            "taken",
            "client.gesture",
            "taken",
            "client.gesture",
        ]);
    }

    [Fact]
    public async Task A_persons_click_files_a_report_without_media_and_a_scripts_click_files_none()
    {
        using var samples = await SampleServer.StartAsync(app);
        var page = (await app.NewPageAsync()).Page;
        var asked = new List<string>();
        page.Request += (_, request) => asked.Add($"{request.Method} {new Uri(request.Url).AbsolutePath}");
        await page.GotoAsync($"{samples.Address}/report-button.html");
        await page.WaitForFunctionAsync("() => !document.querySelector('#report').disabled");

        // A click that a script made is no act of a person, and nothing is even asked of the server.
        await page.EvaluateAsync("() => document.querySelector('#report').click()");
        await page.WaitForFunctionAsync("() => document.querySelector('#said').textContent !== ''");
        (await page.Locator("#said").InnerTextAsync()).ShouldBe("Not sent: client.gesture");
        asked.ShouldNotContain(line => line.Contains("/v1/", StringComparison.Ordinal));
        (await app.InDbAsync(db => db.Reports.CountAsync())).ShouldBe(0);

        await page.Locator("#report").ClickAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('#said').textContent.startsWith('Thank you')");

        var said = await page.Locator("#said").InnerTextAsync();
        ReportId.TryParse(said["Thank you. Report ".Length..], null, out var id).ShouldBeTrue(said);
        var report = await app.InDbAsync(db => db.Reports.SingleAsync());
        report.Id.ShouldBe(id);
        (report.SegmentCount, report.HeadPart.Length).ShouldBe((0, 0));
        report.CompletedAt.ShouldNotBeNull();
        var about = await app.InDbAsync(db => db.ReportSubjects.SingleAsync(s => s.ReportId == id));
        (await app.InDbAsync(db => db.Cases.CountAsync(c => c.Id == about.CaseId))).ShouldBe(1);
        asked
            .Where(line => line.Contains("/v1/", StringComparison.Ordinal))
            .ShouldBe(["POST /v1/reports/challenges", "POST /v1/filings"]);
    }
}
