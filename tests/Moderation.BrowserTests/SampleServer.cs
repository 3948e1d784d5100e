// The samples of evidence-js served beside the product, with the platform's part played by their own small server.
using System.Diagnostics;
using Moderation.Tests;

namespace Moderation.BrowserTests;

/// <summary>samples/serve.mjs, as its first lines say to start it.</summary>
public sealed class SampleServer : IDisposable
{
    private readonly Process _node;

    private SampleServer(Process node, string address) => (_node, Address) = (node, address);

    public string Address { get; }

    public static async Task<SampleServer> StartAsync(BrowserApp app)
    {
        using var platform = await app.PlatformAsync();
        var start = new ProcessStartInfo(
            "node",
            [TestPaths.Repository("src/evidence-js/samples/serve.mjs"), "--port", "0"]
        )
        {
            RedirectStandardOutput = true,
        };
        start.Environment["MODERATION_URL"] = app.Address.ToString();
        start.Environment["MODERATION_KEYS"] = app.KeysDir;
        start.Environment["MODERATION_API_KEY"] = platform.DefaultRequestHeaders.Authorization!.Parameter;
        var node = Process.Start(start)!;
        var line = await node.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new SampleServer(node, line.ShouldNotBeNull()["samples: ".Length..].TrimEnd('/'));
    }

    public void Dispose()
    {
        _node.Kill();
        _node.Dispose();
    }
}
