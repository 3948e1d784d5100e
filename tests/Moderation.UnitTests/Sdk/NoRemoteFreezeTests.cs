// No message of a server can freeze, seal or submit: what the compiled SDK calls, from every place the network reaches.
using Moderation.Sdk;
using Mono.Cecil;

namespace Moderation.UnitTests.Sdk;

public sealed class NoRemoteFreezeTests
{
    // What only a person's act may lead to.
    private static readonly string[] Guarded =
    [
        "Moderation.Sdk.EvidenceSession::Freeze",
        "Moderation.Sdk.ReportDraft::SubmitAsync",
        "Moderation.Sdk.ReportDraft::SealAsync",
        "Moderation.Sdk.ReportDraft::.ctor",
        "Moderation.Sdk.UserGesture::FromLocalClick",
        "Moderation.Sdk.UserGesture::.ctor",
        "Moderation.Sdk.Ring.EvidenceRing::Freeze",
    ];

    [Fact]
    public void Nothing_that_the_network_reaches_leads_to_freeze_seal_or_submit()
    {
        using var sdk = AssemblyDefinition.ReadAssembly(typeof(EvidenceSession).Assembly.Location);
        var calls = Calls(sdk);
        // Where answers, events and webhooks come in, and what runs without anybody asking: timers, uploads.
        var doors = calls
            .Keys.Where(m =>
                m.StartsWith("Moderation.Sdk.Http.", StringComparison.Ordinal)
                || m.StartsWith("Moderation.Sdk.Webhooks.", StringComparison.Ordinal)
                || m.StartsWith("Moderation.Sdk.ReportUpload", StringComparison.Ordinal)
                || m.StartsWith("Moderation.Sdk.DraftSealing", StringComparison.Ordinal)
                || m.StartsWith("Moderation.Sdk.KeyFrameClock", StringComparison.Ordinal)
                || m.EndsWith("::OnTick", StringComparison.Ordinal)
            )
            .ToList();
        doors.Count.ShouldBeGreaterThan(30);
        Guarded.ShouldAllBe(g => calls.ContainsKey(g));

        Reachable(calls, doors).Intersect(Guarded).ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_in_the_sdk_mints_a_gesture_or_calls_freeze_or_submit_itself()
    {
        using var sdk = AssemblyDefinition.ReadAssembly(typeof(EvidenceSession).Assembly.Location);
        var calls = Calls(sdk);
        string[] forPeopleOnly = [Guarded[0], Guarded[1], Guarded[4]];

        calls
            .Where(c => !forPeopleOnly.Contains(c.Key))
            // One overload of SubmitAsync finds the reason's number for the other.
            .Where(c => !c.Key.StartsWith("Moderation.Sdk.ReportDraft/<SubmitAsync>", StringComparison.Ordinal))
            .SelectMany(c => c.Value.Intersect(forPeopleOnly).Select(to => $"{c.Key} calls {to}"))
            .ShouldBeEmpty();
    }

    [Fact]
    public void The_search_finds_a_planted_path_through_async_code_and_lambdas()
    {
        using var tests = AssemblyDefinition.ReadAssembly(typeof(NoRemoteFreezeTests).Assembly.Location);
        var planted = $"{typeof(NoRemoteFreezeTests).FullName}/PlantedDoor::OnMessageAsync";
        var calls = Calls(tests);
        calls.Keys.ShouldContain(planted);

        Reachable(calls, [planted]).ShouldContain("Moderation.Sdk.UserGesture::FromLocalClick");
    }

    // Every method with what it calls, takes the address of, or news; overloads count as one, and an asynchronous or
    // iterator method calls its state machine, a method its lambdas.
    private static Dictionary<string, HashSet<string>> Calls(AssemblyDefinition assembly)
    {
        Dictionary<string, HashSet<string>> calls = [];
        foreach (var method in assembly.MainModule.GetTypes().SelectMany(type => type.Methods))
        {
            var from = NameOf(method);
            if (!calls.TryGetValue(from, out var to))
                calls[from] = to = [];
            if (
                method.CustomAttributes.FirstOrDefault(a =>
                    a.AttributeType.Name.EndsWith("StateMachineAttribute", StringComparison.Ordinal)
                ) is
                { } machine
            )
                to.Add($"{((TypeReference)machine.ConstructorArguments[0].Value).GetElementType().FullName}::MoveNext");
            if (!method.HasBody)
                continue;
            foreach (var instruction in method.Body.Instructions)
                if (instruction.Operand is MethodReference called)
                    to.Add(NameOf(called));
        }
        return calls;
    }

    private static string NameOf(MethodReference method) =>
        $"{method.DeclaringType.GetElementType().FullName}::{method.Name}";

    private static HashSet<string> Reachable(Dictionary<string, HashSet<string>> calls, IEnumerable<string> from)
    {
        HashSet<string> reached = [];
        Queue<string> open = new(from);
        while (open.TryDequeue(out var method))
            if (reached.Add(method) && calls.TryGetValue(method, out var to))
                foreach (var next in to)
                    open.Enqueue(next);
        return reached;
    }

    // What must never exist in the SDK: a door that a message opens.
    private static class PlantedDoor
    {
        public static async Task OnMessageAsync(EvidenceSession session)
        {
            await Task.Yield();
            Action freeze = () =>
                session.Freeze(new FreezeRequest([], TimeSpan.FromSeconds(1), UserGesture.FromLocalClick())).Dispose();
            freeze();
        }
    }
}
