// What one server process does: answer requests, run consumers and jobs, or both.
namespace Moderation.Server;

public sealed record ServerRole(bool ServesRequests, bool RunsWork)
{
    public static ServerRole From(string? name) =>
        name switch
        {
            "api" => new ServerRole(true, false),
            "worker" => new ServerRole(false, true),
            "all" or null or "" => new ServerRole(true, true),
            _ => throw new InvalidOperationException($"Role is '{name}'; it must be api, worker or all."),
        };
}
