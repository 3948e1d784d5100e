// Measures in Chromium how fast evidence comes on screen: first frame and seek. Explicit: run by its command, never by ./test (docs/benchmarks.md).
using System.Text.Json;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests.Opening;

namespace Moderation.BrowserTests;

public sealed class PlayerMeasurement(BrowserApp app, ITestOutputHelper output) : IClassFixture<BrowserApp>
{
    private const int Loads = 4;
    private const int OpeningsEach = 5;
    private const int Seeks = 25;

    /// <summary>
    /// In the page before anything else: notes when the Worker says what, and waits for frames as they are presented to the compositor.
    /// </summary>
    private const string Watch = """
        (() => {
          const seen = (window.measured = { marks: [], indices: new Set(), plan: [], start: 0 });
          const Real = window.Worker;
          window.Worker = class extends Real {
            constructor(...args) {
              super(...args);
              this.addEventListener('message', ({ data }) => {
                seen.marks.push([data.type, performance.now()]);
                if (data.type === 'manifest') seen.start = data.windowStart;
                if (data.type === 'plan') seen.plan = data.segments;
                if (data.type === 'segment' && data.state === 'verified') seen.indices.add(data.index);
              });
            }
          };
          const limit = (work, what) =>
            Promise.race([work, new Promise((_, no) => setTimeout(() => no(new Error(`no frame: ${what()}`)), 15000))]);
          const video = () => document.querySelector('.ev-tile video');
          // A frame whose time in the media is in [from, to] seconds; a paused video presents one when it has its first, one for each seek.
          window.frameIn = (from, to) => {
            let last = null;
            const wait = new Promise((done) => {
              const look = () => {
                const shown = video();
                if (!shown) return void setTimeout(look, 1);
                shown.requestVideoFrameCallback((now, frame) => {
                  last = frame.mediaTime;
                  if (frame.mediaTime >= from && frame.mediaTime <= to) done(performance.now()); else look();
                });
              };
              look();
            });
            return limit(wait, () => `wanted ${from} to ${to}, last ${last}, at ${video()?.currentTime}, ready ${video()?.readyState}, `
              + `${seen.indices.size} of ${seen.plan.length} verified, ${document.visibilityState}`);
          };
          window.openNow = async () => {
            Object.assign(seen, { marks: [], indices: new Set(), plan: [] });
            const start = performance.now();
            document.querySelector('[data-testid=open-evidence]').click();
            const shown = await window.frameIn(0, 1e9);
            const first = (type) => Math.round((seen.marks.find(([name]) => name === type)?.[1] ?? NaN) - start);
            return { ms: shown - start, how: `manifest ${first('manifest')}, plan ${first('plan')}, segment ${first('segment')}, frame ${Math.round(shown - start)}` };
          };
          window.seekNow = async (ms) => {
            const covering = seen.plan.find((s) => (s.kind === 1 || s.kind === 2) && s.content % 256 !== 4
              && s.t0 - seen.start <= ms && ms < s.t0 - seen.start + s.duration && s.participant === video().closest('.ev-tile').dataset.participant);
            const wasThere = seen.indices.has(covering.index);
            const bar = document.querySelector('[data-testid=seek]');
            const shown = window.frameIn(ms / 1000 - 0.12, ms / 1000 + 0.02);
            const start = performance.now();
            bar.value = String(ms);
            bar.dispatchEvent(new Event('input', { bubbles: true }));
            return { ms: (await shown) - start, fetched: wasThere };
          };
        })();
        """;

    [Fact(Explicit = true)]
    public Task A_report_of_30_seconds() => MeasureAsync(TimeSpan.FromSeconds(30));

    /// <summary>Two cameras and a sound, 180 segments.</summary>
    [Fact(Explicit = true)]
    public Task A_report_of_two_minutes() => MeasureAsync(TimeSpan.FromSeconds(120));

    private async Task MeasureAsync(TimeSpan length)
    {
        using var host = await app.HostAsync(length);
        var report = await host.ReportAsync(length);
        var about = (await app.CaseOfAsync(report.Id)).ToString();
        var desk = await app.NewPageAsync();
        await desk.Page.AddInitScriptAsync(Watch);
        await desk.ArriveAsync((await app.StaffAsync(StaffRole.Analyst)).Member);
        await desk.Piece("case-row").First.WaitForAsync();
        await desk.ClaimAsync(about);
        List<double> first = [];
        List<double> fetched = [];
        List<double> unfetched = [];
        for (var round = 0; round < Loads * OpeningsEach; round++)
        {
            // Anew in a page just loaded, or in the same page after the curtain: everything decrypted is gone, and all is asked for again.
            if (round % OpeningsEach == 0)
                await desk.GoAsync($"/cases/{about}");
            else
                await desk.Page.EvaluateAsync("() => window.dispatchEvent(new Event('moderation:curtain'))");
            await desk.WaitUntilAsync("() => document.querySelector('[data-testid=open-evidence]:not([disabled])')");
            // Somebody who reads the case before opening its evidence, but not for long.
            await Task.Delay(700, TestContext.Current.CancellationToken);
            var opened = await desk.EvalAsync<JsonElement>("() => openNow()");
            first.Add(opened.GetProperty("ms").GetDouble());
            output.WriteLine($"  opening {round + 1}: {opened.GetProperty("how").GetString()}");
            // At once to where nobody has been yet, while the rest is still being fetched.
            await desk.Piece("seek").WaitForAsync();
            for (var i = 0; i < 2; i++)
                await SeekAsync((length.TotalMilliseconds * (i == 0 ? 0.93 : 0.6)) - (37 * round));
        }
        await desk.WaitUntilAsync("() => measured.marks.some(([type]) => type === 'done')");
        for (var round = 0; round < Seeks; round++)
            await SeekAsync(1_000 + (round * 11_300 % (length.TotalMilliseconds - 2_000)));
        output.WriteLine(
            $"{length.TotalSeconds} s, {report.Segments.Count} segments, load {File.ReadAllText("/proc/loadavg")[..4]}"
        );
        output.WriteLine(Line("first frame on screen, from the click on Open (goal 500 ms)", first));
        output.WriteLine(Line("seek to what was not fetched yet (goal 150 ms)", unfetched));
        output.WriteLine(Line("seek to what was fetched (goal 150 ms)", fetched));

        async Task SeekAsync(double ms)
        {
            var sought = await desk.Page.EvaluateAsync<JsonElement>("ms => seekNow(ms)", Math.Round(ms / 100) * 100);
            (sought.GetProperty("fetched").GetBoolean() ? fetched : unfetched).Add(
                sought.GetProperty("ms").GetDouble()
            );
        }
    }

    private static string Line(string what, List<double> times)
    {
        if (times.Count == 0)
            return $"{what}: none";
        times.Sort();
        return FormattableString.Invariant(
            $"{what}: median {times[times.Count / 2]:F0} ms, p95 {times[(int)Math.Ceiling(times.Count * 0.95) - 1]:F0} ms, worst {times[^1]:F0} ms, {times.Count} times"
        );
    }
}
