// Gives the risk tests the development data, loaded once, and small folders made of text.
using System.Text;
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

static class RiskTestData
{
    static readonly Lazy<RiskSnapshot> Loaded = new(() =>
        RiskSnapshot.Load(OpenShared, RiskParts.Mail | RiskParts.Addresses)
    );

    public static RiskSnapshot Snapshot => Loaded.Value;

    public static DateTimeOffset Now { get; } = new(2026, 7, 22, 12, 0, 0, TimeSpan.Zero);

    public static Stream? OpenShared(string path)
    {
        var file = Path.Combine(TestPaths.Shared, "data", "risk", path);
        return File.Exists(file) ? File.OpenRead(file) : null;
    }

    public static RiskSnapshot Of(params (string Name, string Text)[] lists) =>
        RiskSnapshot.Load(path =>
            lists.FirstOrDefault(l => RiskFiles.Paths.GetValueOrDefault(l.Name, l.Name) == path).Text is { } text
                ? new MemoryStream(Encoding.UTF8.GetBytes(text))
                : null
        );
}
