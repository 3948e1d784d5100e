// Frames of the browser's own encoders, grouped and muxed by the host's side, played by the desk's side, in a real Chromium.
using System.Text.Json;

namespace Moderation.BrowserTests;

public sealed class EvidenceJsMediaTests(Chromium chromium) : IClassFixture<Chromium>
{
    [Fact]
    public async Task What_the_host_muxes_of_every_codec_plays_to_its_end_continuations_included()
    {
        var page = await chromium.OpenAsync("test/browser/media.html");
        await page.WaitForFunctionAsync("() => window.results !== undefined");

        var results = JsonDocument
            .Parse(await page.EvaluateAsync<string>("() => JSON.stringify(window.results)"))
            .RootElement;

        foreach (var result in results.EnumerateObject())
        {
            var told = $"{result.Name}: {result.Value}";
            TestContext.Current.SendDiagnosticMessage("{0}", told);
            if (result.Value.TryGetProperty("unsupported", out _))
                continue; // this browser has no such encoder
            result.Value.TryGetProperty("units", out var units).ShouldBeTrue(told);
            result.Value.GetProperty("failures").GetArrayLength().ShouldBe(0, told);
            result.Value.GetProperty("error").ValueKind.ShouldBe(JsonValueKind.Null, told);
            var buffered = result.Value.GetProperty("buffered");
            buffered.GetArrayLength().ShouldBe(1, told);
            var total = result.Value.GetProperty("total").GetInt32();
            buffered[0][1].GetInt32().ShouldBeInRange(total - 250, total + 250, told);
            result.Value.GetProperty("ended").GetBoolean().ShouldBeTrue(told);
            if (result.Value.GetProperty("frames").ValueKind == JsonValueKind.Number)
                result.Value.GetProperty("frames").GetInt32().ShouldBeGreaterThan(40, told);
        }
        foreach (var name in new[] { "vp8", "vp8-late", "vp9", "vp9-late", "opus" })
            results.GetProperty(name).TryGetProperty("unsupported", out _).ShouldBeFalse(name);
        results.GetProperty("vp8").GetProperty("units").EnumerateArray().ShouldContain(u => u[0].GetInt32() == 261);
        results.GetProperty("vp9").GetProperty("units").EnumerateArray().ShouldContain(u => u[0].GetInt32() == 257);
    }

    [Fact]
    public async Task A_bundle_opened_with_the_exported_functions_is_judged_piece_by_piece_and_played_over_the_hole()
    {
        var page = await chromium.OpenAsync("test/browser/review.html");
        await page.WaitForFunctionAsync("() => window.results !== undefined");

        var told = await page.EvaluateAsync<string>("() => JSON.stringify(window.results)");

        var results = JsonDocument.Parse(told).RootElement;
        results
            .GetProperty("segments")
            .EnumerateObject()
            .Select(s => s.Value.GetString())
            .ShouldBe(["verified", "verified", "altered", "verified", "verified"], told);
        results.GetProperty("jumps")[0][1].GetInt32().ShouldBe(6_000, told);
        results.GetProperty("frames").GetInt32().ShouldBeGreaterThan(40, told);
        results.GetProperty("blurred").GetString().ShouldNotBeNull().ShouldContain("blur");
        results.GetProperty("ended").GetBoolean().ShouldBeTrue(told);
        results.GetProperty("left").GetInt32().ShouldBe(0, told);
    }
}
