// Every page of the console: free of what axe finds in light and in dark, by keyboard, and pictured for docs/screens.
using System.Text.Json;
using Microsoft.Playwright;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Legal;
using Moderation.IntegrationTests.Opening;
using Moderation.Tests;

namespace Moderation.BrowserTests;

public sealed class PagesTests(BrowserApp app) : IClassFixture<BrowserApp>
{
    private static readonly TimeSpan _eightSeconds = TimeSpan.FromSeconds(8);

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task No_page_has_anything_that_axe_finds(ColorScheme scheme)
    {
        using var host = await app.HostAsync();
        var report = await host.ReportAsync(_eightSeconds, note: "He would not stop.", chat: "go away, all of you");
        var about = await app.CaseOfAsync(report.Id);
        using var release = await ReleaseDesk.ForAsync(app, report, about);
        var export = await release.PublishedAsync();
        await release.RequestAsync();
        var walk = new Walk(scheme);

        var analyst = await app.NewPageAsync(scheme);
        await analyst.GoAsync("/sign-in");
        await walk.LookAsync(analyst, "sign-in");
        await analyst.ArriveAsync((await app.StaffAsync(StaffRole.Analyst)).Member);
        await analyst.Piece("case-row").First.WaitForAsync();
        await walk.LookAsync(analyst, "queue");
        await analyst.Page.Keyboard.PressAsync("?");
        await analyst.Piece("help-dialog").WaitForAsync();
        await walk.LookAsync(analyst, "help");
        await analyst.Page.Keyboard.PressAsync("Escape");
        await analyst.ClaimAsync(about.ToString());
        (await analyst.OpenEvidenceAsync()).ShouldBe("verified");
        await walk.LookAsync(analyst, "case");
        await analyst.Page.Keyboard.PressAsync("d");
        await analyst.Piece("outcome-violation").CheckAsync();
        await walk.LookAsync(analyst, "decision");
        await analyst.Page.Keyboard.PressAsync("Escape");
        foreach (var (key, tab) in new[] { ("2", "account"), ("3", "history"), ("4", "policy") })
        {
            await analyst.GoAsync($"/cases/{about}");
            await analyst.Piece("case-head").WaitForAsync();
            await analyst.Page.Keyboard.PressAsync(key);
            await analyst.WaitUntilAsync(
                $"() => document.querySelector('[role=tab][aria-selected=true]')?.textContent.toLowerCase().includes('{tab}')"
            );
            await walk.LookAsync(analyst, $"case-{tab}");
        }
        await analyst.GoAsync("/nowhere");
        await walk.LookAsync(analyst, "not-found");
        await analyst.GoAsync("/exports");
        await analyst.Piece("no-permission").WaitForAsync();
        await walk.LookAsync(analyst, "no-permission");

        var senior = await app.NewPageAsync(scheme);
        await senior.GoAsync("/sign-in");
        await senior.ArriveAsync((await app.StaffAsync(StaffRole.Senior)).Member);
        await senior.GoAsync("/exports");
        await senior.Piece("export-row").First.WaitForAsync();
        await walk.LookAsync(senior, "exports");
        await senior.GoAsync($"/exports/{export.Id}");
        await senior.Piece("export-approval").First.WaitForAsync();
        await walk.LookAsync(senior, "export");
        await senior.Page.Keyboard.PressAsync("Control+k");
        await senior.Piece("palette-choice").First.WaitForAsync();
        await walk.LookAsync(senior, "palette");

        var auditor = await app.NewPageAsync(scheme);
        await auditor.GoAsync("/sign-in");
        await auditor.SignInAsync((await app.StaffAsync(StaffRole.Auditor)).Member);
        await auditor.GoAsync("/audit");
        await auditor.Piece("audit-row").First.WaitForAsync();
        await auditor.Piece("audit-verify").ClickAsync();
        await auditor.Page.Locator("[data-testid=audit-verdict][data-holds=true]").WaitForAsync();
        await walk.LookAsync(auditor, "audit");

        var admin = await app.NewPageAsync(scheme);
        await admin.GoAsync("/sign-in");
        await admin.SignInAsync((await app.StaffAsync(StaffRole.Admin)).Member);
        await admin.GoAsync("/settings");
        await admin.Piece("waiting-keys").WaitForAsync();
        await walk.LookAsync(admin, "settings");

        walk.Found.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_senior_reads_a_release_and_approves_it_with_the_key_of_this_browser()
    {
        using var host = await app.HostAsync();
        var report = await host.ReportAsync(_eightSeconds);
        using var release = await ReleaseDesk.ForAsync(app, report, await app.CaseOfAsync(report.Id));
        var export = await release.RequestAsync();
        var desk = await app.NewPageAsync();
        await desk.GoAsync("/sign-in");
        await desk.ArriveAsync((await app.StaffAsync(StaffRole.Senior)).Member);

        await desk.Page.Keyboard.PressAsync("g");
        await desk.Page.Keyboard.PressAsync("x");
        await desk.Page.Locator($"[data-export={export.Id}]").GetByTestId("export-link").ClickAsync();
        await desk.Piece("export-approve").ClickAsync();
        await desk.Piece("export-approval").WaitForAsync();

        using var second = await ReleaseDesk.ApproveAsync(release.Custodian, export);
        using var built = await release.BuildAsync(export);
        built.IsSuccessStatusCode.ShouldBeTrue();
        desk.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_palette_leads_by_keyboard_to_a_page_and_to_a_case()
    {
        using var host = await app.HostAsync();
        var report = await host.ReportAsync(_eightSeconds);
        var about = await app.CaseOfAsync(report.Id);
        var desk = await SignedInAsync(StaffRole.Analyst);

        await desk.Page.Keyboard.PressAsync("Control+k");
        await desk.Page.Keyboard.TypeAsync("audi");
        await desk.Page.Keyboard.PressAsync("Enter");
        await desk.Piece("audit-table").WaitForAsync();
        await desk.Page.Keyboard.PressAsync("Control+k");
        await desk.Page.Keyboard.TypeAsync(about.ToString());
        await desk.Page.Keyboard.PressAsync("Enter");

        await desk.Piece("case-head").WaitForAsync();
    }

    [Fact]
    public async Task A_key_that_is_taken_is_refused_and_a_free_one_acts_from_then_on()
    {
        var desk = await SignedInAsync(StaffRole.Analyst);
        await desk.GoAsync("/settings");
        var change = desk.Page.Locator("[data-command='go.audit']").GetByTestId("key-change");

        await change.ClickAsync();
        await desk.Page.Keyboard.PressAsync("?");
        await desk.Piece("toast").WaitForAsync();
        (await desk.Piece("toast").InnerTextAsync()).ShouldContain("Show the keys");
        await change.ClickAsync();
        await desk.Page.Keyboard.PressAsync("F9");
        await desk.WaitUntilAsync(
            "() => document.querySelector(\"[data-command='go.audit'] kbd\")?.textContent === 'F9'"
        );
        await desk.GoAsync("/settings");
        await desk.Page.Keyboard.PressAsync("F9");

        await desk.Piece("audit-table").WaitForAsync();
    }

    [Fact]
    public async Task With_letters_switched_off_a_letter_does_nothing()
    {
        var desk = await SignedInAsync(StaffRole.Analyst);
        await desk.GoAsync("/settings");
        await desk.Piece("letters").UncheckAsync();
        await desk.WaitUntilAsync(
            "() => document.querySelector(\"[data-command='help'] td:nth-child(2)\").innerText.trim() === 'off'"
        );
        await desk.Page.Locator("h1").FocusAsync();

        await desk.Page.Keyboard.PressAsync("?");
        await desk.Page.Keyboard.PressAsync("Control+k");
        await desk.Piece("palette-choice").First.WaitForAsync();

        (await desk.Page.Locator("dialog[open]").CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task An_administrator_marks_a_key_that_waits_and_its_owner_may_open_from_then_on()
    {
        var owner = (await app.StaffAsync(StaffRole.Analyst)).Member;
        var desk = await app.NewPageAsync();
        await desk.GoAsync("/sign-in");
        await desk.SignInAsync(owner);
        await desk.Piece("key-pending").WaitForAsync();
        var admin = await SignedInAsync(StaffRole.Admin);

        var row = admin.Piece("waiting-key").Filter(new LocatorFilterOptions { HasText = owner.Id.ToString()[^6..] });
        await row.GetByTestId("key-mark").ClickAsync();

        await row.WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
        await desk.Piece("key-pending")
            .WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }

    private async Task<ReviewPage> SignedInAsync(StaffRole role)
    {
        var desk = await app.NewPageAsync();
        await desk.GoAsync("/sign-in");
        await desk.SignInAsync((await app.StaffAsync(role)).Member);
        return desk;
    }

    // Looks at a page with axe and takes its picture.
    private sealed class Walk(ColorScheme scheme)
    {
        private static readonly string _axe = File.ReadAllText(
            TestPaths.Repository("tests", "axe", "node_modules", "axe-core", "axe.min.js")
        );

        public List<string> Found { get; } = [];

        public async Task LookAsync(ReviewPage desk, string name)
        {
            // A transition half way has colours of its own.
            await desk.WaitUntilAsync("() => document.getAnimations().every(a => a.playState === 'finished')");
            await desk.Page.EvaluateAsync(_axe);
            var violations = await desk.Page.EvaluateAsync<JsonElement>(
                """
                async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
                    .violations.map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)
                """
            );
            Found.AddRange(violations.EnumerateArray().Select(v => $"{name}: {v.GetString()}"));
            await desk.PictureAsync($"{name}-{scheme.ToString().ToLowerInvariant()}");
        }
    }
}
