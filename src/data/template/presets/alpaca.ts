/**
 * Alpaca: instruction, input, response. A system turn takes the place of the opening sentences; the part of a question
 * that is its `input` (rows of Alpaca's form have one) gets its own section. Later exchanges repeat the sections. Trained: the response and the end-of-text token.
 */
export const alpacaPreset = String.raw`{%- if bos_token is defined and bos_token in ['<s>', '<bos>', '<|begin_of_text|>', '<|startoftext|>'] %}
    {{- bos_token }}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {{- messages[0]['content'] | trim + '\n\n' }}
{%- elif messages[0]['input'] and (messages[0]['content'] | trim).endswith('\n\n' + messages[0]['input'] | trim) %}
    {{- 'Below is an instruction that describes a task, paired with an input that provides further context. Write a response that appropriately completes the request.\n\n' }}
{%- else %}
    {{- 'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {%- set question = message['content'] | trim %}
        {%- set input = message['input'] | trim if message['input'] else '' %}
        {%- if input and question.endswith('\n\n' + input) %}
            {{- '### Instruction:\n' + question[:-(input | length + 2)] | trim + '\n\n### Input:\n' + input + '\n\n' }}
        {%- else %}
            {{- '### Instruction:\n' + question + '\n\n' }}
        {%- endif %}
    {%- elif message['role'] == 'assistant' %}
        {{- '### Response:\n' }}
        {%- generation %}
        {{- message['content'] | trim + eos_token }}
        {%- endgeneration %}
        {%- if not loop.last or add_generation_prompt %}
            {{- '\n\n' }}
        {%- endif %}
    {%- elif message['role'] != 'system' or not loop.first %}
        {{- raise_exception('the Alpaca format knows user and assistant turns and one system turn at the start, got the role ' + message['role']) }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '### Response:\n' }}
{%- endif %}
`;
