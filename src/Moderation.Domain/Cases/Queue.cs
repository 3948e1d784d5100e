// A named pool of cases; until routing rules come there is one.
namespace Moderation.Domain.Cases;

public sealed record Queue(string Id, string Name)
{
    public static IReadOnlyList<Queue> All { get; } = [new(Case.DefaultQueue, "General")];

    public static bool Exists(string id) => All.Any(q => q.Id == id);
}
