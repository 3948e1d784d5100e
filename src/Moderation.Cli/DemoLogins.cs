// The logins and the platform key that a demo run made; they exist in demo mode only.
using System.Text.Json;

namespace Moderation.Cli;

public sealed record DemoLogin(string Login, string Password, string Role);

public sealed record DemoLogins(IReadOnlyList<DemoLogin> Logins, string PlatformKey)
{
    public static DemoLogins Read(ServerAddress server) =>
        JsonSerializer.Deserialize<DemoLogins>(
            File.ReadAllText(server.DataFile("run", "demo-logins.json")),
            Shared.JsonOptions
        )!;
}
