-- Drives Neovim's own client over a repository, with the configuration of `editors/neovim/`. Arguments come by the
-- environment: VASTLINT is the command, REPOSITORY a copy of the clean fixture that may be changed.

local root = vim.env.REPOSITORY
local image = 'derivatives/tile-server/'
local dockerfile = image .. 'Dockerfile'
local conf = image .. 'ROOT/etc/supervisor/conf.d/tile-server.conf'
local script = image .. 'ROOT/opt/supervisor-scripts/tile-server.sh'
local workflow = '.github/workflows/build-tile-server.yml'
local utility = 'ROOT/opt/supervisor-scripts/utils/environment.sh'

local function say(text)
  io.stdout:write(text .. '\n')
end

local function fail(text)
  say('FAILED: ' .. text)
  say(vim.fn.execute('messages'))
  for _, item in ipairs(vim.diagnostic.get()) do
    say(vim.api.nvim_buf_get_name(item.bufnr) .. ': ' .. vim.inspect(item))
  end
  vim.cmd('cquit 1')
end

local function check(holds, text)
  if not holds then
    fail(text)
  end
end

local function wait(text, holds)
  if not vim.wait(20000, holds, 10) then
    fail('waited in vain until ' .. text)
  end
  say('ok: ' .. text)
end

local function on_disk(path)
  return table.concat(vim.fn.readfile(root .. '/' .. path), '\n')
end

local function open(path)
  vim.cmd('edit ' .. vim.fn.fnameescape(root .. '/' .. path))
  wait('a client is attached to ' .. path, function()
    return #vim.lsp.buf_get_clients(0) == 1
  end)
  return vim.api.nvim_get_current_buf()
end

local function buffer_of(path)
  return vim.uri_to_bufnr(vim.uri_from_fname(root .. '/' .. path))
end

-- The codes of the findings in a file, open or not.
local function has(path, code)
  for _, item in ipairs(vim.diagnostic.get(buffer_of(path))) do
    if code == nil or item.code == code or vim.tbl_get(item, 'user_data', 'lsp', 'code') == code then
      return true
    end
  end
  return false
end

local function is_clean(path)
  return function()
    return not has(path)
  end
end

local function finds(path, code)
  return function()
    return has(path, code)
  end
end

local function lines()
  return vim.api.nvim_buf_get_lines(0, 0, -1, false)
end

-- The line with a text, from 1.
local function line_of(text)
  for number, line in ipairs(lines()) do
    if line:find(text, 1, true) then
      return number
    end
  end
  fail('no line with ' .. text)
end

local function go_to(text, within)
  local number = line_of(text)
  local column = lines()[number]:find(text, 1, true)
  vim.api.nvim_win_set_cursor(0, { number, column - 1 + (within or 0) })
end

local function replace(from, to)
  local number = line_of(from)
  local line = lines()[number]
  local start, stop = line:find(from, 1, true)
  local new = line:sub(1, start - 1) .. to .. line:sub(stop + 1)
  vim.api.nvim_buf_set_lines(0, number - 1, number, false, { new })
end

local function delete(text)
  local number = line_of(text)
  vim.api.nvim_buf_set_lines(0, number - 1, number, false, {})
end

vim.g.vastlint_command = { vim.env.VASTLINT, 'server' }
vim.cmd('filetype on')
vim.o.hidden = true

-- 1. What is broken is shown, and goes as it is mended, all without a file being written.
for _, one in ipairs({
  { path = dockerfile, code = 'VL102', from = '    set -euo pipefail && \\' },
  { path = conf, code = 'VL302', from = 'stopsignal=TERM', to = 'stopsignal=KILL' },
  { path = script, code = 'VL720', from = '"Tile Server"', to = '"Map"' },
  { path = workflow, code = 'VL641', from = 'needs: preflight', to = 'needs: preflite' },
}) do
  local before = on_disk(one.path)
  open(one.path)
  wait(one.path .. ' is clean', is_clean(one.path))
  if one.to then
    replace(one.from, one.to)
  else
    delete(one.from)
  end
  wait(one.path .. ' has a finding', finds(one.path, one.code))
  vim.cmd('silent undo')
  wait(one.path .. ' is mended', is_clean(one.path))
  check(on_disk(one.path) == before, one.path .. ' was written')
end

-- 2. A code action mends one.
open(dockerfile)
delete('    set -euo pipefail && \\')
wait('the strict mode is missed', finds(dockerfile, 'VL102'))
go_to('RUN \\', 2)
local offered = {}
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do
    local title = options.format_item(item)
    table.insert(offered, title)
    if title:find('(VL102)', 1, true) then
      return choose(item)
    end
  end
  fail('nothing mends VL102: ' .. vim.inspect(offered))
end
vim.lsp.buf.code_action()
wait('a code action mends it', is_clean(dockerfile))
line_of('set -euo pipefail && \\')
vim.cmd('silent edit!')

-- 3. Everything that is safe is mended when the file is written.
delete('    set -euo pipefail && \\')
wait('it is broken again', finds(dockerfile, 'VL102'))
vim.g.vastlint_fix_on_save = true
vim.cmd('silent write')
vim.g.vastlint_fix_on_save = false
check(on_disk(dockerfile):find('set -euo pipefail && \\', 1, true), 'the file on disk is not mended')
wait('a fix on save leaves nothing', is_clean(dockerfile))

-- 4. Definitions cross from the conf to the script, and from there to the utility.
open(conf)
go_to('command=', 12)
vim.lsp.buf.definition()
wait('the definition of a command is the script', function()
  return vim.api.nvim_buf_get_name(0) == root .. '/' .. script
end)
go_to('environment.sh', 2)
vim.lsp.buf.definition()
wait('the definition of a sourced file is the utility', function()
  return vim.api.nvim_buf_get_name(0) == root .. '/' .. utility
end)

-- 5. Breaking one file shows in the other, which may be closed.
vim.cmd('silent! bwipeout! ' .. vim.fn.fnameescape(root .. '/' .. script))
open(dockerfile)
replace(':Tile Server|', ':Map|')
wait('the script misses the tab that the Dockerfile renamed', finds(script, 'VL720'))
vim.cmd('silent undo')
wait('and finds it again', is_clean(script))

-- 6. Hover and symbols answer.
go_to('localhost:8000', 3)
local hover = vim.lsp.buf_request_sync(0, 'textDocument/hover', vim.lsp.util.make_position_params(), 5000)
local _, answer = next(hover)
check(vim.inspect(answer):find('Instance Portal', 1, true), 'hover says ' .. vim.inspect(hover))
say('ok: hover tells what a tab is')

vim.cmd('qall!')
