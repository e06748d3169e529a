using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Pyro.Profiles.Labels.Expressions;

/// <summary>
/// Tells whether whole texts match, in linear time: the deterministic automaton of a program, whose states are made when they are
/// first met. Several threads may use it.
/// </summary>
internal sealed class Automaton
{
    // Further states are made anew each time they are met.
    private const int MostStates = 1000;
    private const int End = -1;

    private readonly StepProgram _program;
    private readonly ConcurrentDictionary<string, State> _states = new(StringComparer.Ordinal);
    private readonly State _start;

    /// <summary>Matches what a program matches.</summary>
    public Automaton(StepProgram program)
    {
        _program = program;
        _start = Make([program.Start], Before.TextStart);
    }

    // What stands before a place.
    private enum Before
    {
        TextStart,
        Newline,
        Word,
        Other,
    }

    private enum Answer
    {
        Unknown,
        Yes,
        No,
    }

    /// <summary>Whether the whole text matches.</summary>
    public bool IsMatch(string text)
    {
        var state = _start;
        for (var at = 0; at < text.Length && state.Steps.Length > 0;)
        {
            var c = text[at];
            if (c < State.CachedCharacters)
            {
                state = state.Next[c] ??= Follow(state, c);
                at++;
                continue;
            }

            var codePoint = EscapeParser.CodePointAt(text, at);
            at += EscapeParser.Length(codePoint);
            state = Follow(state, codePoint);
        }

        if (state.Accepts == Answer.Unknown)
        {
            state.Accepts = Reach(state, End, null) ? Answer.Yes : Answer.No;
        }

        return state.Accepts == Answer.Yes;
    }

    // The state behind one character.
    private State Follow(State state, int codePoint)
    {
        var reached = new SortedSet<int>();
        Reach(state, codePoint, reached);
        var before = !_program.HasChecks ? Before.Other
            : codePoint == '\n' ? Before.Newline
            : IsWord(codePoint) ? Before.Word : Before.Other;
        return Make([.. reached], before);
    }

    // Goes through all steps that can be come to at one place without taking a character, where `next` (or the end) stands behind it.
    // Collects where the steps go on that take this character; tells whether the match was come to.
    private bool Reach(State state, int next, SortedSet<int>? reached)
    {
        var steps = _program.Steps;
        var seen = ArrayPool<bool>.Shared.Rent(steps.Length);
        Array.Clear(seen, 0, steps.Length);
        var todo = new Stack<int>(state.Steps);
        var matched = false;
        while (todo.TryPop(out var at))
        {
            if (seen[at])
            {
                continue;
            }

            seen[at] = true;
            ref readonly var step = ref steps[at];
            switch (step.Kind)
            {
                case StepKind.Match:
                    matched |= next == End;
                    break;
                case StepKind.Take when next != End && step.Set!.Contains(next):
                    reached!.Add(step.Next);
                    break;
                case StepKind.Split:
                    todo.Push(step.Other);
                    todo.Push(step.Next);
                    break;
                case StepKind.Check when Holds(step.Place, state.Before, next):
                    todo.Push(step.Next);
                    break;
            }
        }

        ArrayPool<bool>.Shared.Return(seen);
        return matched;
    }

    private static bool Holds(Place place, Before before, int next) => place switch
    {
        Place.TextStart => before == Before.TextStart,
        Place.TextEnd => next == End,
        Place.LineStart => before is Before.TextStart or Before.Newline,
        Place.LineEnd => next is End or '\n',
        Place.WordEdge => (before == Before.Word) != IsWord(next),
        _ => (before == Before.Word) == IsWord(next),
    };

    private static bool IsWord(int codePoint) => codePoint is >= 0 and < 0x80 && (char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_');

    private State Make(int[] steps, Before before)
    {
        var key = string.Create(1 + (2 * steps.Length), (steps, before), static (key, from) =>
        {
            key[0] = (char)from.before;
            MemoryMarshal.Cast<int, char>(from.steps).CopyTo(key[1..]);
        });
        if (_states.TryGetValue(key, out var known))
        {
            return known;
        }

        var state = new State(steps, before);
        return _states.Count < MostStates ? _states.GetOrAdd(key, state) : state;
    }

    // The steps to go on with. Two threads may work out the same answer or the same next state; either of them will do.
    private sealed class State(int[] steps, Before before)
    {
        public const int CachedCharacters = 128;

        public int[] Steps { get; } = steps;

        public Before Before { get; } = before;

        public State?[] Next { get; } = new State?[CachedCharacters];

        public Answer Accepts { get; set; }
    }
}
