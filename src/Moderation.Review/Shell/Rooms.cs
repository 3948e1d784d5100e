// The places of the console and who has which; the rail, the palette and the first page come from here.
namespace Moderation.Review.Shell;

/// <param name="Command">Id of the key that leads there.</param>
public sealed record Room(string Path, string Name, string Icon, string Command);

public static class Rooms
{
    /// <summary>What the person at the desk may use; what they may not is not hinted at.</summary>
    public static IEnumerable<Room> For(Desk desk)
    {
        if (desk.SeesCases)
            yield return new Room("queue", Texts.Queue, "queue", "go.queue");
        if (desk.SeesExports)
            yield return new Room("exports", Texts.Exports, "export", "go.exports");
        if (desk.ReadsAudit)
            yield return new Room("audit", Texts.Audit, "audit", "go.audit");
        yield return new Room("settings", Texts.Settings, "settings", "go.settings");
    }
}
