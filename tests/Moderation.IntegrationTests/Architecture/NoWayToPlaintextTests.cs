// The API has no code path to a plaintext: nothing the server loads refers to what opens evidence (docs/decisions/0022).
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Moderation.IntegrationTests.Architecture;

public sealed class NoWayToPlaintextTests
{
    /// <summary>The product's assemblies in the server's process, but Evidence itself, which holds what opens.</summary>
    public static TheoryData<string> ServerAssemblies =>
        new(
            "Moderation.Server",
            "Moderation.Features",
            "Moderation.CasePackage",
            "Moderation.Data",
            "Moderation.Domain",
            "Moderation.Contracts"
        );

    [Theory]
    [MemberData(nameof(ServerAssemblies))]
    public void No_assembly_of_the_server_refers_to_what_opens_evidence(string assembly) =>
        References(assembly).Where(Opens).ShouldBeEmpty();

    [Fact]
    public void What_opens_is_found_where_it_is_used()
    {
        // The vault must open, so an empty answer would mean that the guard sees nothing.
        References("Moderation.Vault").Where(Opens).ShouldNotBeEmpty();
        References("Moderation.Features").ShouldContain("Moderation.Evidence.Grant.Parse");
    }

    [Fact]
    public void The_server_loads_no_assembly_of_the_vault() =>
        Closure("Moderation.Server").ShouldNotContain("Moderation.Vault");

    [Fact]
    public void Every_assembly_that_the_server_loads_is_looked_at() =>
        Closure("Moderation.Server")
            .Except(["Moderation.Evidence", "Moderation.Review"])
            .Order()
            .ShouldBe(ServerAssemblies.Select(row => row.Data).Order());

    private static bool Opens(string reference) =>
        reference.StartsWith("Moderation.Evidence.Opening.", StringComparison.Ordinal)
        || reference.StartsWith("Moderation.Vault.", StringComparison.Ordinal)
        || reference is "Moderation.Evidence.Cobblestone256.Decrypt" or "Moderation.Evidence.SegmentKeys";

    /// <summary>Every type and member of another assembly that this one's code names.</summary>
    private static List<string> References(string assembly)
    {
        using var file = File.OpenRead(PathOf(assembly));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        var types = metadata.TypeReferences.Select(handle => NameOf(metadata, handle));
        var members = metadata
            .MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference)
            .Select(member =>
                $"{NameOf(metadata, (TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}"
            );
        return [.. types, .. members];
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }

    private static HashSet<string> Closure(string assembly, HashSet<string>? seen = null)
    {
        seen ??= [];
        if (!seen.Add(assembly))
            return seen;
        using var file = File.OpenRead(PathOf(assembly));
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        foreach (var handle in metadata.AssemblyReferences)
        {
            var name = metadata.GetString(metadata.GetAssemblyReference(handle).Name);
            if (name.StartsWith("Moderation.", StringComparison.Ordinal))
                Closure(name, seen);
        }
        return seen;
    }

    private static string PathOf(string assembly) => Path.Combine(AppContext.BaseDirectory, $"{assembly}.dll");
}
