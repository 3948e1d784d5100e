// The test modules of evidence-js, as Node runs them, in a real Chromium: every vector, one verdict for each test.
using System.Text.Json;

namespace Moderation.BrowserTests;

public sealed class EvidenceJsVectorTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData("primitives", 11)]
    [InlineData("cbor", 4)]
    [InlineData("bundles", 100)]
    [InlineData("release", 5)]
    public async Task Every_vector_passes_in_the_browser(string group, int atLeast)
    {
        var page = await chromium.OpenAsync($"test/browser/vectors.html?group={group}");
        await page.WaitForFunctionAsync("() => window.results !== undefined");

        var results = JsonDocument
            .Parse(await page.EvaluateAsync<string>("() => JSON.stringify(window.results)"))
            .RootElement;

        var lines = results.EnumerateArray().ToList();
        foreach (var line in lines)
            TestContext.Current.SendDiagnosticMessage(
                "{0} {1}",
                line.GetProperty("ok").GetBoolean() ? "ok" : "FAILED",
                line.GetProperty("name").GetString() ?? ""
            );
        lines.Where(line => !line.GetProperty("ok").GetBoolean()).Select(line => line.ToString()).ShouldBeEmpty();
        lines.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
    }
}
