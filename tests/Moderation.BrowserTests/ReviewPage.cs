// The review console as a person at the screen uses it, and everything the browser complained about meanwhile.
using Microsoft.Playwright;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests;

namespace Moderation.BrowserTests;

public sealed class ReviewPage
{
    private const float Patience = 60_000;
    private readonly BrowserApp _app;
    private readonly List<string> _complaints = [];

    public ReviewPage(BrowserApp app, IPage page)
    {
        _app = app;
        Page = page;
        page.SetDefaultTimeout(Patience);
        page.Console += (_, message) =>
        {
            // The answer itself is judged below, by its address.
            if (
                message.Type is "error"
                && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)
            )
                _complaints.Add($"console: {message.Text}");
        };
        page.PageError += (_, error) => _complaints.Add($"page: {error}");
        page.Response += (_, answer) =>
        {
            // Before signing in there is no session; asking is how the page finds out.
            if (answer.Status >= 400 && !(answer.Status == 401 && answer.Url.EndsWith("/v1/session")))
                _complaints.Add($"{answer.Status}: {answer.Url}");
        };
    }

    public IPage Page { get; }

    /// <summary>Errors of the console, of scripts, and answers of 400 and above.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public ILocator Piece(string testId) => Page.GetByTestId(testId);

    public ILocator Player => Piece("player");

    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(path);
        await Page.WaitForFunctionAsync("() => document.body.dataset.ready === 'true'");
    }

    public async Task SignInAsync(StaffMember member)
    {
        await Piece("login").FillAsync(member.Login);
        await Piece("password").FillAsync(App.Password);
        await Piece("sign-in").ClickAsync();
        await Piece("who").WaitForAsync();
    }

    /// <summary>Signs in and has this browser's approval key enrolled.</summary>
    public async Task ArriveAsync(StaffMember member)
    {
        await GoAsync("/sign-in");
        await SignInAsync(member);
        await Piece("key-pending").WaitForAsync();
        await _app.EnrolWaitingKeyAsync(member);
        await Piece("key-pending").WaitForAsync(new LocatorWaitForOptions { State = WaitForSelectorState.Detached });
    }

    /// <summary>From the queue into the case, and claims it.</summary>
    public async Task ClaimAsync(string caseId)
    {
        await OpenCaseAsync(caseId);
        await Piece("claim").ClickAsync();
        await Piece("release").WaitForAsync();
    }

    public async Task OpenCaseAsync(string caseId)
    {
        var row = Page.Locator($"[data-testid=case-row][data-case={caseId}]");
        await row.GetByTestId("case-link").ClickAsync();
        await Piece("case-head").WaitForAsync();
    }

    /// <summary>Opens the evidence and waits for the verdict on all of it.</summary>
    public async Task<string> OpenEvidenceAsync()
    {
        await Piece("open-evidence").ClickAsync();
        var verdict = Page.Locator(
            "[data-testid=integrity]:is([data-verdict=verified],[data-verdict=verified-with-gaps],[data-verdict=altered],[data-verdict=attestation-failed],[data-verdict=cannot-verify],[data-verdict=failed])"
        );
        await verdict.WaitForAsync();
        // "Altered" stands from the first segment that is; the others are still being checked then.
        await Page.Locator("[data-testid=player]:is([data-stage=ready],[data-stage=failed])").WaitForAsync();
        return await verdict.GetAttributeAsync("data-verdict") ?? "";
    }

    public Task<T> EvalAsync<T>(string script) => Page.EvaluateAsync<T>(script);

    public Task WaitUntilAsync(string script) => Page.WaitForFunctionAsync(script);

    public Task PictureAsync(string name) =>
        Page.ScreenshotAsync(
            new PageScreenshotOptions { Path = Path.Combine(BrowserApp.Pictures, $"{name}.png"), FullPage = true }
        );
}
