// References point downward only: between projects, between capabilities, and never from the server to what decrypts.
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;

namespace Moderation.UnitTests;

public sealed class DirectionTests
{
    // What each assembly of ours may lean on; the picture of docs/architecture.md.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Contracts"] = [],
        ["Domain"] = [],
        ["Evidence"] = [],
        ["Data"] = ["Domain", "Contracts"],
        ["Sdk"] = ["Evidence", "Contracts"],
        ["CasePackage"] = ["Domain", "Evidence"],
        ["Features"] = ["Data", "Domain", "Evidence", "Contracts", "CasePackage"],
        ["Review"] = ["Contracts"],
        ["Vault"] = ["Evidence"],
        ["Cli"] = ["Sdk", "Domain", "Evidence", "Contracts", "CasePackage"],
        ["Server"] = ["Features", "Data", "Domain", "Contracts", "Review", "Evidence", "Migrations", "CasePackage"],
    };

    private static readonly Lazy<Architecture> Built = new(() =>
        new ArchLoader()
            .LoadAssemblies(
                Load("Moderation.Features"),
                Load("Moderation.Server"),
                Load("Moderation.Evidence"),
                Load("Moderation.Data"),
                Load("Moderation.Domain")
            )
            .Build()
    );

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_leans_only_on_the_rooms_below_it(string room)
    {
        var leansOn = Load($"Moderation.{room}")
            .GetReferencedAssemblies()
            .Select(a => a.Name!)
            .Where(name => name.StartsWith("Moderation.", StringComparison.Ordinal))
            .Select(name => name["Moderation.".Length..]);

        leansOn.Except(Allowed[room]).ShouldBeEmpty();
    }

    [Fact]
    public void A_capability_does_not_use_another_capability()
    {
        var types = Built.Value.Types.Where(t => CapabilityOf(t) is not null).ToList();
        types.Select(CapabilityOf).Distinct().Count().ShouldBeGreaterThan(5);

        var crossings = types
            .SelectMany(t => t.Dependencies.Select(d => (From: t, To: d.Target)))
            .Where(d => CapabilityOf(d.To) is { } to && to != CapabilityOf(d.From) && !Shared.Contains(to))
            // The library takes a type parameter `T` of one method for that of another.
            .Where(d => d.To is not GenericParameter)
            .Where(d => !(CapabilityOf(d.From) == "Legal" && VaultDoor.Contains(d.To.Name)))
            .Select(d => $"{d.From.FullName} uses {d.To.FullName}")
            .Distinct()
            .Order();

        crossings.ShouldBeEmpty();
    }

    // Http is the shared room; Staff issues the tokens that every door asks for; Storage keeps the bytes that several read.
    private static readonly string[] Shared = ["Http", "Staff", "Storage"];

    // A release to a court goes through the same door to the vault as an opening (docs/decisions/0031).
    private static readonly string[] VaultDoor =
    [
        "VaultClient",
        "VaultFacts",
        "VaultOpening",
        "VaultAnswer",
        "VaultAnswerKind",
    ];

    public static TheoryData<string> Rooms() => [.. Allowed.Keys];

    private static string? CapabilityOf(IType type)
    {
        const string root = "Moderation.Features.";
        var space = type.Namespace?.FullName ?? "";
        return space.StartsWith(root, StringComparison.Ordinal) ? space[root.Length..].Split('.')[0] : null;
    }

    private static System.Reflection.Assembly Load(string name) => System.Reflection.Assembly.Load(name);
}
